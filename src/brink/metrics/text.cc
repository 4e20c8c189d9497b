#include "brink/metrics/text.h"

#include <cmath>
#include <map>

#include "brink/base/json.h"

namespace brink::metrics {
namespace {

using Labels = std::map<std::string, std::string>;

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::string text;
  json::AppendDouble(text, value);
  return text;
}

void AppendEscaped(std::string& out, const std::string& text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

class Writer {
 public:
  void Family(const prometheus::MetricFamily& family) {
    name_ = &family.name;
    out_ += "# HELP " + family.name + " ";
    AppendEscaped(out_, family.help, false);
    out_ += "\n# TYPE " + family.name + " " + TypeName(family.type) + "\n";
    for (const auto& metric : family.metric) Metric(family.type, metric);
  }
  std::string Take() { return std::move(out_); }

 private:
  static const char* TypeName(prometheus::MetricType type) {
    switch (type) {
      case prometheus::MetricType::Counter:
        return "counter";
      case prometheus::MetricType::Gauge:
        return "gauge";
      case prometheus::MetricType::Summary:
        return "summary";
      case prometheus::MetricType::Histogram:
        return "histogram";
      case prometheus::MetricType::Untyped:
        return "untyped";
    }
    return "untyped";
  }

  void Metric(prometheus::MetricType type, const prometheus::ClientMetric& metric) {
    Labels labels;
    for (const auto& label : metric.label) labels.emplace(label.name, label.value);
    switch (type) {
      case prometheus::MetricType::Counter:
        return Line("", labels, metric.counter.value);
      case prometheus::MetricType::Gauge:
        return Line("", labels, metric.gauge.value);
      case prometheus::MetricType::Untyped:
        return Line("", labels, metric.untyped.value);
      case prometheus::MetricType::Summary:
        for (const auto& q : metric.summary.quantile)
          Line("", With(labels, "quantile", q.quantile), q.value);
        Line("_sum", labels, metric.summary.sample_sum);
        return Line("_count", labels, static_cast<double>(metric.summary.sample_count));
      case prometheus::MetricType::Histogram:
        for (const auto& b : metric.histogram.bucket) {
          Line("_bucket", With(labels, "le", b.upper_bound),
               static_cast<double>(b.cumulative_count));
        }
        Line("_count", labels, static_cast<double>(metric.histogram.sample_count));
        return Line("_sum", labels, metric.histogram.sample_sum);
    }
  }

  static Labels With(Labels labels, const std::string& name, double value) {
    labels[name] = Number(value);
    return labels;
  }

  void Line(const char* suffix, const Labels& labels, double value) {
    out_ += *name_;
    out_ += suffix;
    char separator = '{';
    for (const auto& [name, text] : labels) {
      out_ += separator;
      separator = ',';
      out_ += name + "=\"";
      AppendEscaped(out_, text, true);
      out_ += '"';
    }
    if (!labels.empty()) out_ += '}';
    out_ += " " + Number(value) + "\n";
  }

  const std::string* name_ = nullptr;
  std::string out_;
};

}  // namespace

std::string WriteText(const std::vector<prometheus::MetricFamily>& families) {
  Writer writer;
  for (const auto& family : families) writer.Family(family);
  return writer.Take();
}

}  // namespace brink::metrics
