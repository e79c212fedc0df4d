# cpack -G DEB, as scripts/package runs it: faceatt_VERSION_amd64.deb and libfaceatt-dev_VERSION_amd64.deb.
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL runtime dev)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_SOURCE_DIR}/build/package)
set(CPACK_PACKAGE_CONTACT "The faceatt maintainers <maintainers@faceatt.example>")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Strips programs and archive, compresses what Debian wants compressed, adds changelog and copyright.
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/debian/finish.cmake)
set(CPACK_FACEATT_DEBIAN_FOLDER ${CMAKE_CURRENT_SOURCE_DIR}/debian)

# CPack's own text, which it leaves out: the first line of each package's description is its synopsis.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_NAME} built using CMake")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME faceatt)
set(CPACK_DEBIAN_RUNTIME_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION misc)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "attendance by face, from the command line
A camera at a door, a classroom photo in a cron job, or a folder of pictures
goes in; rows in a plain Attendance.csv come out. Everything runs and stays on
this machine, with no account and no cloud; several machines can share people
and log through Redis.
.
The programs are faceatt-enroll, faceatt-mark-photo, faceatt-watch,
faceatt-mark and faceatt-report. They come with the networks that find and
recognise faces and tell blinks and pictures, and with systemd units for
cameras, an inbox of photos and the removal of old ones, none of which is
enabled by itself.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
# What dpkg-shlibdeps does not see: libssl is loaded when a store wants TLS.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "tzdata, libssl3, fonts-dejavu-core | fonts-freefont-ttf | fonts-noto-core, \
systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "ca-certificates, libopenblas0-pthread | libopenblas0, python3")
# libdlib-data: for --detector hog and dlib's encoders; its 68 landmarks are not for commercial use.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS "redis-server, default-mta | mail-transport-agent, libdlib-data, ffmpeg, \
python3-onnx, bash-completion, libfaceatt-dev")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
  ${CMAKE_CURRENT_SOURCE_DIR}/debian/postinst ${CMAKE_CURRENT_SOURCE_DIR}/debian/prerm ${CMAKE_CURRENT_SOURCE_DIR}/debian/postrm)

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libfaceatt-dev)
set(CPACK_DEBIAN_DEV_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEV_DESCRIPTION "attendance by face, C++ library
The static library of the faceatt programs, with its headers and files for
CMake and pkg-config: faces in photos and cameras, people and their photos,
liveness, timetables, a durable attendance log, reports. C++20.")
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "faceatt (= ${PROJECT_VERSION}), libopencv-dev, libtbb-dev, libdlib-dev, \
libopenblas-dev | libblas-dev, libopenblas-dev | liblapack-dev, libjpeg-dev, libpng-dev, zlib1g-dev, libsqlite3-dev, \
libavformat-dev, libavcodec-dev, libavutil-dev, libswscale-dev, libfmt-dev, libcsv-dev, libutf8proc-dev, libexiv2-dev, \
libssl-dev, libhowardhinnant-date-dev, libical-dev, libpango1.0-dev, pkg-config")
if(FACEATT_REDIS)
  string(APPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS ", libhiredis-dev")
endif()
if(FACEATT_SODIUM)
  string(APPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS ", libsodium-dev")
endif()
include(CPack)
