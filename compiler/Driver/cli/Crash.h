// What would end the program without a word of ours: a crash, memory that is out, closed streams, a limit on file sizes.
#pragma once

namespace fluxion::cli {

// Crashes end with status 3 and E0000, memory that is out with 1 and E0715; what a limit refuses to write is an error of
// writing; and no file that is opened takes the number of a standard stream that was closed.
void prepareForTheWorst();

// The program's last words, when what it printed did not arrive: false, and E0615 on stderr.
bool standardOutputArrived();

} // namespace fluxion::cli
