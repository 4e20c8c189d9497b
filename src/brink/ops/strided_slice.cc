// STRIDED_SLICE: inputs 1 to 3 are begin, end and stride of the axes; {begin_mask, end_mask,
// ellipsis_mask, new_axis_mask, shrink_axis_mask, offset}. Bit i of a mask is about entry i.
// Source of the rules: TFLite strided_slice.cc and strided_slice_logic.h.
#include <algorithm>
#include <optional>

#include "brink/ops/movement.h"

namespace brink::ops {
namespace {

// What the three inputs say of one axis of the input, or of a new one.
struct Range {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t stride = 1;
  bool whole = false;  // neither begin nor end counts
  bool from_first = false;
  bool to_last = false;
  bool is_new = false;  // an axis of extent 1 that the input lacks
  bool shrinks = false;
};

struct Masks {
  uint32_t begin, end, ellipsis, new_axis, shrink;
  bool offset;  // `end` counts from `begin`
};

// Beyond every tensor's end, and small enough to be added.
constexpr int64_t kFar = int64_t{1} << 48;

bool Has(uint32_t mask, size_t bit) { return (mask >> bit & 1) != 0; }

Masks ReadMasks(const NodeView& node) {
  const auto mask = [&](int field) { return static_cast<uint32_t>(node.options.Int32(field)); };
  return {mask(0), mask(1), mask(2), mask(3), mask(4), node.options.Bool(5)};
}

// What the entries of the three inputs say, bounded so that they can be added.
struct Entries {
  std::vector<int64_t> begin, end, stride;
};

Result<Entries> ReadEntries(const NodeView& node) {
  Entries entries;
  BRINK_ASSIGN(entries.begin, node.Integers(1));
  BRINK_ASSIGN(entries.end, node.Integers(2));
  BRINK_ASSIGN(entries.stride, node.Integers(3));
  const size_t count = entries.begin.size();
  if (entries.end.size() != count || entries.stride.size() != count || count > 31) {
    return node.Invalid(std::to_string(count) + " begins, " + std::to_string(entries.end.size()) +
                        " ends and " + std::to_string(entries.stride.size()) + " strides");
  }
  for (auto* numbers : {&entries.begin, &entries.end, &entries.stride}) {
    for (int64_t& number : *numbers) number = std::clamp(number, -kFar, kFar);
  }
  return entries;
}

// One range an axis of the input, with new axes among them: the ellipsis stands for what the other
// entries leave.
Result<std::vector<Range>> ReadRanges(const NodeView& node, const Masks& masks) {
  BRINK_ASSIGN(const Entries entries, ReadEntries(node));
  size_t named = 0;  // axes of the input that entries stand for
  for (size_t i = 0; i < entries.begin.size(); ++i) {
    if (!Has(masks.ellipsis, i) && !Has(masks.new_axis, i)) ++named;
  }
  const auto rank = static_cast<size_t>(node.input(0).shape.rank());
  if (named > rank) {
    return node.Invalid(std::to_string(named) + " entries for " + std::to_string(rank) +
                        " dimensions");
  }
  size_t unnamed = rank - named;
  std::vector<Range> ranges;
  for (size_t i = 0; i < entries.begin.size(); ++i) {
    if (Has(masks.ellipsis, i)) {
      ranges.insert(ranges.end(), unnamed, Range{.whole = true});
      unnamed = 0;
    } else if (Has(masks.new_axis, i)) {
      ranges.push_back({.is_new = true});
    } else {
      ranges.push_back({.begin = entries.begin[i],
                        .end = entries.end[i],
                        .stride = entries.stride[i],
                        .from_first = Has(masks.begin, i),
                        .to_last = Has(masks.end, i),
                        .shrinks = Has(masks.shrink, i)});
    }
  }
  ranges.insert(ranges.end(), unnamed, Range{.whole = true});
  return ranges;
}

// Where the range begins along an axis of this extent, and how many it takes.
struct Span {
  int64_t first = 0;
  int64_t count = 0;
};

Result<Span> Resolve(const NodeView& node, const Range& range, int64_t extent, bool offset) {
  if (range.whole) return Span{0, extent};
  if (range.stride == 0) return node.Invalid("a stride of 0");
  const bool forward = range.stride > 0;
  const int64_t low = forward ? 0 : -1;
  const int64_t high = forward ? extent : extent - 1;
  const auto wrap = [&](int64_t index) { return index < 0 ? index + extent : index; };
  int64_t first = forward ? 0 : extent - 1;
  if (!range.from_first) first = std::clamp(wrap(range.begin), low, std::max(low, high));
  if (range.shrinks) {
    if (first < 0 || first >= extent) {
      return node.Invalid("index " + std::to_string(range.begin) + " of an axis of " +
                          std::to_string(extent));
    }
    return Span{first, 1};
  }
  int64_t last = forward ? extent : -1;
  if (!range.to_last) {
    const int64_t end = offset ? range.end + first : range.end;
    last = std::clamp(wrap(end), low, std::max(low, high));
  }
  const int64_t length = forward ? last - first : first - last;
  const int64_t step = std::abs(range.stride);
  return Span{first, length <= 0 ? 0 : (length - 1) / step + 1};
}

Result<Prepared> Prepare(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(4, 4, 1));
  const Shape& input = node.input(0).shape;
  BRINK_ASSIGN(const size_t bytes, ElementBytes(node, node.input(0)));
  const Masks masks = ReadMasks(node);
  BRINK_ASSIGN(const std::vector<Range> ranges, ReadRanges(node, masks));
  const auto from = ByteStrides(input, bytes);
  kernels::StridedCopy copy{.element_bytes = bytes};
  Shape output;
  Shape box;
  int axis = 0;
  for (const Range& range : ranges) {
    if (!range.is_new) {
      BRINK_ASSIGN(const Span span, Resolve(node, range, input[axis], masks.offset));
      const int64_t stride = from[static_cast<size_t>(axis++)];
      copy.from_offset += span.first * stride;
      copy.Append({span.count, span.count > 1 ? stride * range.stride : 0, 0});
      box.Append(span.count);
      if (range.shrinks) continue;
    }
    if (output.rank() == Shape::kMaxRank) return node.Unsupported("more than 8 dimensions");
    output.Append(range.is_new ? 1 : box[box.rank() - 1]);
  }
  const auto to = ByteStrides(box, bytes);
  for (int i = 0; i < copy.rank; ++i)
    copy.axes[static_cast<size_t>(i)].to = to[static_cast<size_t>(i)];
  return PrepareMoves(node, {{.output = output, .boxes = {copy}}});
}

}  // namespace

extern const OpDef kStridedSlice{.name = "STRIDED_SLICE",
                                 .code = 45,
                                 .max_version = 8,
                                 .types = "f32 f16 f64 i8 u8 i16 u16 i32 u32 i64 u64 bool c64",
                                 .kernels = "copy; strided copy",
                                 .prepare = Prepare};

}  // namespace brink::ops
