// The exposition format's text, with numbers as Python's clients print them: dashboards and tests
// that match `le` labels of the Python wrapper as strings find the same strings. Private to
// metrics/: it shows prometheus-cpp's types.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <vector>

namespace brink::metrics {

// Exposition format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): families as given,
// labels sorted by name.
std::string WriteText(const std::vector<prometheus::MetricFamily>& families);

}  // namespace brink::metrics
