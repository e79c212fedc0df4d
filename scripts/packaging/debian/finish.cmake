# Run by cpack on what will be in the packages.
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # or $SOURCE_DATE_EPOCH
file(WRITE ${CPACK_TOPLEVEL_DIRECTORY}/changelog "faceatt (${CPACK_PACKAGE_VERSION}) bookworm; urgency=medium

  * Release ${CPACK_PACKAGE_VERSION}. What changed is in CHANGELOG.md.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")

set(top ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
foreach(pair runtime=faceatt dev=libfaceatt-dev)
  string(REGEX MATCH "(.*)=(.*)" pair ${pair})
  set(usr ${top}/${CMAKE_MATCH_1}/usr)
  set(doc ${usr}/share/doc/${CMAKE_MATCH_2})
  file(COPY ${CPACK_FACEATT_DEBIAN_FOLDER}/copyright DESTINATION ${doc})
  file(COPY ${CPACK_TOPLEVEL_DIRECTORY}/changelog DESTINATION ${doc})
  file(COPY ${CPACK_FACEATT_DEBIAN_FOLDER}/${CMAKE_MATCH_2} DESTINATION ${usr}/share/lintian/overrides)
  file(GLOB_RECURSE pages ${usr}/share/man/*)
  run(gzip -9n ${doc}/changelog ${pages})
endforeach()

file(GLOB programs ${top}/runtime/usr/bin/*)
run(strip --remove-section=.comment --remove-section=.note ${programs})
run(strip --strip-debug --enable-deterministic-archives --remove-section=.comment --remove-section=.note
  ${top}/dev/usr/lib/libfaceatt.a)
