#include "brink/protocols/status_codes.h"

#include <array>

namespace brink::protocols {
namespace {

constexpr std::string_view kBadData = "MICROSERVICE_BAD_DATA";
constexpr std::string_view kInternal = "MICROSERVICE_INTERNAL_ERROR";
constexpr std::string_view kUnavailable = "MICROSERVICE_UNAVAILABLE";

// A method that a component lacks is 400 BAD_DATA in Seldon's wrapper, so kUnimplemented is too.
constexpr std::array<StatusCodes, 14> kTable = {{
    {Code::kInvalidArgument, 400, 3, kBadData},
    {Code::kNotFound, 404, 5, "MICROSERVICE_NOT_FOUND"},
    {Code::kAlreadyExists, 409, 6, kBadData},
    {Code::kPermissionDenied, 403, 7, "MICROSERVICE_PERMISSION_DENIED"},
    {Code::kUnauthenticated, 401, 16, "MICROSERVICE_UNAUTHENTICATED"},
    {Code::kFailedPrecondition, 503, 9, kUnavailable},
    {Code::kOutOfRange, 400, 11, kBadData},
    {Code::kUnimplemented, 400, 12, kBadData},
    {Code::kResourceExhausted, 429, 8, "MICROSERVICE_RESOURCE_EXHAUSTED"},
    {Code::kDeadlineExceeded, 504, 4, "MICROSERVICE_TIMEOUT"},
    {Code::kCancelled, 499, 1, "MICROSERVICE_CANCELLED"},
    {Code::kUnavailable, 503, 14, kUnavailable},
    {Code::kDataLoss, 500, 15, kInternal},
    {Code::kInternal, 500, 13, kInternal},
}};

}  // namespace

const StatusCodes& StatusCodesOf(Code code) {
  for (const StatusCodes& row : kTable) {
    if (row.code == code) return row;
  }
  return kTable.back();
}

}  // namespace brink::protocols
