// HASHTABLE: HashtableOptions {table_id, key_dtype, value_dtype} names a table that the session
// keeps; HASHTABLE_IMPORT fills it once from keys and values, HASHTABLE_FIND gives the value of
// each key or the default (input 2), HASHTABLE_SIZE how many keys there are. Input 0 is the handle.
#include <string>

#include "brink/ops/lookup_table.h"
#include "brink/ops/op.h"

namespace brink::ops {
namespace {

Status CheckTypes(const NodeView& node, Type key, Type value) {
  if ((key == Type::kInt64 && value == Type::kString) ||
      (key == Type::kString && value == Type::kInt64))
    return {};
  return node.Unsupported("a table from " + std::string(TypeName(key)) + " to " +
                          std::string(TypeName(value)) +
                          ", INT64 to STRING and STRING to INT64 are supported");
}

Result<Prepared> PrepareHandle(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(0, 0, 1));
  BRINK_TRY(node.CheckOutputType(0, {Type::kResource}));
  BRINK_TRY(CheckTypes(node, static_cast<Type>(node.options.Int8(1)),
                       static_cast<Type>(node.options.Int8(2))));
  Prepared prepared{.shapes = {Shape{}}, .kernel = "handle"};
  prepared.known.push_back(
      Tensor::Of<int32_t>(Shape{}, std::vector<int32_t>{node.options.Int32(0)}));
  return prepared;
}

Result<int32_t> ReadHandle(const NodeView& node) {
  BRINK_TRY(node.CheckInputType(0, {Type::kResource}));
  const std::span<const int32_t> id = node.input(0).as<int32_t>();
  if (node.input(0).is_constant && id.size() == 1) return id[0];
  return node.Unsupported("input 0: no table is known for it");
}

void Import(const Buffers& b, int64_t count, LookupTable& table) {
  for (int64_t i = 0; i < count; ++i) {
    if (table.key == Type::kInt64) {
      table.strings.emplace(b.in<int64_t>(1)[i], b.in<std::string>(2)[i]);
    } else {
      table.numbers.emplace(b.in<std::string>(1)[i], b.in<int64_t>(2)[i]);
    }
  }
  table.is_set = true;
}

Result<Prepared> PrepareImport(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 0));
  BRINK_ASSIGN(const int32_t id, ReadHandle(node));
  const Type key = node.input(1).type;
  BRINK_TRY(CheckTypes(node, key, node.input(2).type));
  const int64_t count = node.input(1).shape.elements();
  if (node.input(2).shape.elements() != count) {
    return node.Invalid(std::to_string(count) + " keys for " +
                        std::to_string(node.input(2).shape.elements()) + " values");
  }
  return Prepared{.shapes = {}, .kernel = "table", .run = [id, key, count](const Buffers& b) {
                    LookupTable& table = b.host->table(id);
                    if (table.is_set) return;
                    table.key = key;
                    Import(b, count, table);
                  }};
}

template <class Map, class Value>
void Find(const Map& map, const typename Map::key_type* keys, const Value& otherwise, int64_t count,
          Value* values) {
  for (int64_t i = 0; i < count; ++i) {
    const auto found = map.find(keys[i]);
    values[i] = found == map.end() ? otherwise : found->second;
  }
}

Result<Prepared> PrepareFind(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(3, 3, 1));
  BRINK_ASSIGN(const int32_t id, ReadHandle(node));
  const Type key = node.input(1).type;
  BRINK_TRY(CheckTypes(node, key, node.output(0).type));
  BRINK_TRY(node.CheckInputType(2, {node.output(0).type}));
  if (node.input(2).shape.elements() != 1) return node.Invalid("input 2: wanted one value");
  const Shape& shape = node.input(1).shape;
  return Prepared{.shapes = {shape},
                  .kernel = "table",
                  .run = [id, key, count = shape.elements()](const Buffers& b) -> Status {
                    const LookupTable& table = b.host->table(id);
                    if (table.is_set && table.key != key) {
                      return Fail(Code::kInvalidArgument, "keys of " + std::string(TypeName(key)) +
                                                              ", the table's are " +
                                                              std::string(TypeName(table.key)));
                    }
                    if (key == Type::kInt64) {
                      Find(table.strings, b.in<int64_t>(1), *b.in<std::string>(2), count,
                           b.out<std::string>(0));
                    } else {
                      Find(table.numbers, b.in<std::string>(1), *b.in<int64_t>(2), count,
                           b.out<int64_t>(0));
                    }
                    return {};
                  }};
}

Result<Prepared> PrepareSize(const NodeView& node) {
  BRINK_TRY(node.CheckCounts(1, 1, 1));
  BRINK_TRY(node.CheckOutputType(0, {Type::kInt64}));
  BRINK_ASSIGN(const int32_t id, ReadHandle(node));
  return Prepared{.shapes = {{1}}, .kernel = "table", .run = [id](const Buffers& b) {
                    const LookupTable& table = b.host->table(id);
                    *b.out<int64_t>(0) =
                        static_cast<int64_t>(table.strings.size() + table.numbers.size());
                  }};
}

}  // namespace

extern const OpDef kHashtable{.name = "HASHTABLE",
                              .code = 136,
                              .types = "i64 string",
                              .kernels = "handle",
                              .prepare = PrepareHandle};
extern const OpDef kHashtableFind{.name = "HASHTABLE_FIND",
                                  .code = 137,
                                  .foldable = false,
                                  .types = "i64 string",
                                  .kernels = "table",
                                  .prepare = PrepareFind};
extern const OpDef kHashtableImport{.name = "HASHTABLE_IMPORT",
                                    .code = 138,
                                    .foldable = false,
                                    .types = "i64 string",
                                    .kernels = "table",
                                    .prepare = PrepareImport};
extern const OpDef kHashtableSize{.name = "HASHTABLE_SIZE",
                                  .code = 139,
                                  .foldable = false,
                                  .types = "i64 string",
                                  .kernels = "table",
                                  .prepare = PrepareSize};

}  // namespace brink::ops
