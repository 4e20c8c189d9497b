// For tests: nodes that are right, for operators that random tensors hardly ever suit.
//
//   OPERATOR: inputs -> outputs | options
//
// A tensor is its type and shape: f32[2,3]; `!`: a constant, `?`: a variable; {1,2}: its values (of
// shape [2] where none is said); `_`: left out; 4*: four of it. An option is its field and value:
// b, an enum or byte, i, f, l (bool). Sizes that have to be equal are, and others differ, so that
// one can be changed wherever it stands.
#pragma once

#include <string_view>

namespace brink::engine {

inline constexpr std::string_view kRecipes[] = {
    "CONV_2D: f32[1,7,6,3] f32[5,2,2,3]! f32[5]! -> f32 | 0:b0 1:i1 2:i1 3:b0 4:i1 5:i1",
    "CONV_2D: i8[1,7,6,3] i8[5,2,2,3]! i32[5]! -> i8 | 0:b1 1:i2 2:i1 3:b1 4:i1 5:i1",
    "CONV_2D: u8[1,7,6,3] u8[5,2,2,3]! i32[5]! -> u8 | 0:b0 1:i1 2:i1 3:b3 4:i1 5:i1",
    "CONV_2D: i16[1,7,6,3] i8[5,2,2,3]! i64[5]! -> i16 | 0:b0 1:i1 2:i1 3:b0 4:i2 5:i1",
    "DEPTHWISE_CONV_2D: f32[1,7,6,3] f32[1,2,2,3]! f32[3]! -> f32 | 0:b0 1:i1 2:i1 3:i1 4:b0",
    "DEPTHWISE_CONV_2D: i8[1,7,6,3] i8[1,2,2,3]! i32[3]! -> i8 | 0:b1 1:i2 2:i2 3:i1 4:b1",
    "DEPTHWISE_CONV_2D: u8[1,7,6,3] u8[1,2,2,3]! i32[3]! -> u8 | 0:b0 1:i1 2:i1 3:i1 4:b3",
    "TRANSPOSE_CONV: i32!{1,8,6,5} f32[5,2,2,3]! f32[1,4,3,3] f32[5]! -> f32 | 0:b0 1:i2 2:i2",
    "TRANSPOSE_CONV: i32!{1,8,6,5} i8[5,2,2,3]! i8[1,4,3,3] i32[5]! -> i8 | 0:b1 1:i2 2:i2",
    "CONV_3D: f32[1,4,7,6,3] f32[2,2,2,3,5]! f32[5]! -> f32 | 0:b0 1:i1 2:i1 3:i1 4:b0 5:i1 6:i1 "
    "7:i1",
    "CONV_3D_TRANSPOSE: i32!{1,4,8,6,5} f32[2,2,2,5,3]! f32[1,2,4,3,3] -> f32 | 0:b0 1:i2 2:i2 "
    "3:i2 "
    "4:b0 5:i1 6:i1 7:i1",
    "FULLY_CONNECTED: f32[4,7] f32[5,7]! f32[5]! -> f32 | 0:b1",
    "FULLY_CONNECTED: i8[4,7] i8[5,7]! i32[5]! -> i8 | 0:b0",
    "FULLY_CONNECTED: f32[4,7] i8[5,7]! f32[5]! -> f32 | 0:b0",
    "FULLY_CONNECTED: i16[4,7] i8[5,7]! i64[5]! -> i16 | 0:b1",
    "BATCH_MATMUL: f32[2,3,4] f32[2,4,5] -> f32 | 0:l0 1:l0",
    "BATCH_MATMUL: i8[2,3,4] i8[2,4,5] -> i8 | 0:l0 1:l0",
    "AVERAGE_POOL_2D: f32[1,7,6,3] -> f32 | 0:b0 1:i1 2:i2 3:i2 4:i3 5:b0",
    "AVERAGE_POOL_2D: i8[1,7,6,3] -> i8 | 0:b1 1:i2 2:i2 3:i2 4:i2 5:b1",
    "MAX_POOL_2D: f32[1,7,6,3] -> f32 | 0:b1 1:i1 2:i2 3:i2 4:i3 5:b0",
    "MAX_POOL_2D: u8[1,7,6,3] -> u8 | 0:b0 1:i2 2:i2 3:i2 4:i2 5:b1",
    "L2_POOL_2D: f32[1,7,6,3] -> f32 | 0:b0 1:i1 2:i2 3:i2 4:i3 5:b0",
    "RESIZE_BILINEAR: f32[1,7,6,3] i32!{5,9} -> f32 | 2:l0 3:l1",
    "RESIZE_BILINEAR: i8[1,7,6,3] i32!{5,9} -> i8 | 2:l0 3:l0",
    "RESIZE_NEAREST_NEIGHBOR: f32[1,7,6,3] i32!{5,9} -> f32 | 0:l0 1:l1",
    "SPLIT: i32!{1} f32[2,6,5] -> f32 f32 f32 | 0:i3",
    "SPLIT_V: f32[2,6,5] i32!{1,3,2} i32!{1} -> f32 f32 f32 | 0:i3",
    "PAD: f32[2,6,5] i32[3,2]!{0,1,2,0,1,1} -> f32",
    "PADV2: f32[2,6,5] i32[3,2]!{0,1,2,0,1,1} f32[] -> f32",
    "MIRROR_PAD: f32[2,6,5] i32[3,2]!{0,1,2,0,1,1} -> f32 | 0:b0",
    "SPACE_TO_BATCH_ND: f32[1,7,6,3] i32!{2,2} i32[2,2]!{1,0,0,0} -> f32",
    "BATCH_TO_SPACE_ND: f32[4,7,6,3] i32!{2,2} i32[2,2]!{1,0,0,0} -> f32",
    "SPACE_TO_DEPTH: f32[1,8,6,3] -> f32 | 0:i2",
    "DEPTH_TO_SPACE: f32[1,7,6,8] -> f32 | 0:i2",
    "TRANSPOSE: f32[2,7,6,3] i32!{0,2,3,1} -> f32",
    "SLICE: f32[7,6,3] i32!{1,0,2} i32!{2,-1,1} -> f32",
    "STRIDED_SLICE: f32[7,6,3] i32!{1,0,2} i32!{6,6,0} i32!{2,1,-1} -> f32 | 0:i0 1:i0 2:i0 3:i0 "
    "4:i0",
    "DYNAMIC_UPDATE_SLICE: f32[7,6] f32[2,3] i32{1,9} -> f32",
    "REVERSE_SEQUENCE: f32[3,7,2] i32{1,5,2} -> f32 | 0:i1 1:i0",
    "GATHER: f32[5,7] i32{1,4,0} -> f32 | 0:i0 1:i0",
    "GATHER_ND: f32[5,7] i32[2,2]{1,4,0,6} -> f32",
    "SCATTER_ND: i32[3,1]{1,4,0} f32[3,7] i32!{5,7} -> f32",
    "SPARSE_TO_DENSE: i32[3,2]{0,1,1,4,2,0} i32!{3,5} f32[3] f32[] -> f32 | 0:l0",
    "SEGMENT_SUM: f32[4,7] i32{0,0,1,2} -> f32",
    "UNSORTED_SEGMENT_SUM: f32[4,7] i32{2,0,1,2} i32[]!{3} -> f32",
    "UNSORTED_SEGMENT_MAX: f32[4,7] i32{2,0,1,2} i32[]!{3} -> f32",
    "ONE_HOT: i32{1,3,0} i32[]!{5} f32[] f32[] -> f32 | 0:i-1",
    "CUMSUM: f32[3,5] i32[]!{1} -> f32 | 0:l0 1:l0",
    "TOPK_V2: f32[3,7] i32[]!{2} -> f32 i32",
    "SELECT: bool[3,5] f32[3,5] f32[3,5] -> f32",
    "SELECT_V2: bool[3,5] f32[5] f32[3,1] -> f32",
    "LESS: f32[3,5] f32[5] -> bool",
    "LESS_EQUAL: i8[3,5] i8[5] -> bool",
    "GREATER: f32[3,5] f32[5] -> bool",
    "GREATER_EQUAL: i32[3,5] i32[1] -> bool",
    "EQUAL: f32[3,5] f32[3,5] -> bool",
    "NOT_EQUAL: f32[3,5] f32[3,5] -> bool",
    "ADD: i8[3,5] i8[3,5] -> i8 | 0:b1",
    "MUL: i16[3,5] i16[3,5] -> i16 | 0:b0",
    "SUB: u8[3,5] u8[3,5] -> u8 | 0:b0",
    "MEAN: i8[2,7,6,3] i32!{1,2} -> i8 | 0:l1",
    "SUM: f32[2,7,6,3] i32!{1,2} -> f32 | 0:l0",
    "REDUCE_MAX: i8[2,7,6,3] i32!{3} -> i8 | 0:l0",
    "REDUCE_PROD: f32[2,7,3] i32!{1} -> f32 | 0:l0",
    "SOFTMAX: i8[3,5] -> i8 | 0:f1",
    "LOG_SOFTMAX: f32[3,5] -> f32",
    "CONCATENATION: i8[3,5] i8[3,7] -> i8 | 0:i1 1:b0",
    "PACK: f32[3,5] f32[3,5] -> f32 | 0:i2 1:i1",
    "UNPACK: f32[3,2] -> f32 f32 | 0:i2 1:i1",
    "PRELU: f32[2,7,3] f32[1,1,3]! -> f32",
    "RFFT2D: f32[3,4,8] i32!{4,8} -> c64",
    "DEQUANTIZE: i8[3,5] -> f32",
    "QUANTIZE: f32[3,5] -> i8",
    "EMBEDDING_LOOKUP_SPARSE: i32{1,0,2} i32[3,2]{0,0,0,1,1,0} i32{2,2} f32[3] f32[5,7] -> f32 | "
    "0:b0",
    "HASHTABLE_LOOKUP: i32{4,2,9} i32!{1,2,4,6,9} f32[5,7] -> f32 u8",
    "LSH_PROJECTION: f32[3,2]! i32[5,4] f32[5] -> i32 | 0:b1",
    "DILATE: f32[3,5] i32!{2,1} f32[] -> f32",
    "REDUCE_WINDOW: f32[3,5] f32[] i64!{2,2} i64!{1,1} i64!{1,1} -> f32 | 0:i1",
    "NON_MAX_SUPPRESSION_V4: f32[7,4] f32[7] i32[]!{3} f32[] f32[] -> i32 i32",
    "NON_MAX_SUPPRESSION_V5: f32[7,4] f32[7] i32[]!{3} f32[] f32[] f32[] -> i32 f32 i32",
    "RNN: f32[2,4] f32[5,4]! f32[5,5]! f32[5]! f32[2,5]? -> f32 | 0:b4",
    "UNIDIRECTIONAL_SEQUENCE_RNN: f32[3,2,4] f32[5,4]! f32[5,5]! f32[5]! f32[2,5]? -> f32 | 0:l1 "
    "1:b4",
    "BIDIRECTIONAL_SEQUENCE_RNN: f32[3,2,4] f32[5,4]! f32[5,5]! f32[5]! f32[2,5]? f32[5,4]! "
    "f32[5,5]! "
    "f32[5]! f32[2,5]? 3*_ -> f32 f32 | 0:l1 1:b4 2:l0",
    "SVDF: f32[2,4] f32[6,4]! f32[6,3]! f32[3]! f32[2,18]? -> f32 | 0:i2 1:b0",
    "LSTM: f32[2,4] 4*f32[5,4]! 4*f32[5,5]! 3*_ 4*f32[5]! 2*_ 2*f32[2,5]? -> f32 | 0:b4",
    "UNIDIRECTIONAL_SEQUENCE_LSTM: f32[3,2,4] 4*f32[5,4]! 4*f32[5,5]! 3*_ 4*f32[5]! 2*_ "
    "2*f32[2,5]? "
    "-> f32 | 0:b4 1:f0 2:f0 3:l1",
    "BIDIRECTIONAL_SEQUENCE_LSTM: f32[3,2,4] 4*f32[5,4]! 4*f32[5,5]! 3*_ 4*f32[5]! 2*_ 4*f32[5,4]! "
    "4*f32[5,5]! 3*_ 4*f32[5]! 2*_ 4*f32[2,5]? 9*_ -> f32 f32 | 0:b4 1:f0 2:f0 3:l0 4:l1",
};

}  // namespace brink::engine
