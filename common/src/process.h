#pragma once

namespace mon {

/// No core dumps: the memory of a program holds passwords.
void BlockCoreDumps();

/// Makes sure that descriptors 0 to 2 are open. Where one was closed, the next socket would take
/// its number and output would end up in it; writing to the stand-in fails instead.
void KeepStandardDescriptors();

/// Writes out what standard output still holds; false where anything printed was lost (disk full).
[[nodiscard]] bool FlushStdout();

}  // namespace mon
