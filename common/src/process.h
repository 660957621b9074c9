#pragma once

namespace mon {

/// No core dumps: the memory of a program holds passwords.
void BlockCoreDumps();

/// As many open files as the system allows. The limit a shell gives is kept low for select(), which
/// no library of ours uses.
void RaiseOpenFileLimit();

/// Makes sure that descriptors 0 to 2 are open. Where one was closed, the next socket would take
/// its number and output would end up in it; writing to the stand-in fails instead.
void KeepStandardDescriptors();

/// Writes out what standard output still holds; false where anything printed was lost (disk full).
[[nodiscard]] bool FlushStdout();

}  // namespace mon
