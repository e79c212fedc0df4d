// Signals that the tools answer to.
#pragma once

namespace faceatt::cli {

// From now on the first SIGINT or SIGTERM sets a flag instead of ending the process; a second one ends it at once.
void catch_signals();
// The signal that came, or 0. A tool that sees one flushes, and returns 128 + it.
int stop_signal();

// From now on SIGHUP asks for the settings to be read again; it interrupts no call. In a terminal it means that the
// terminal has gone: there it stops the program as SIGTERM does.
void catch_hangup();
// Whether it came since the last call.
bool take_hangup();

}  // namespace faceatt::cli
