// Transposes of planes of which one side is too short for transpose_plane.h: colours of pixels,
// groups of channels. Only for this room's sources.
#pragma once

#include "brink/kernels/transpose_plane.h"

namespace brink::kernels {

// Whether a side is of two to four elements of 1, 2 or 4 bytes, or of up to 15 of 1, that lie
// together where it is the inner one, and the other side is long.
bool IsThin(const TransposedPlane& plane);

// The transpose of a thin plane.
TransposeFunction ChooseThinTranspose();

}  // namespace brink::kernels
