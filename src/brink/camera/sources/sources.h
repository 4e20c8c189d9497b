// The sources by kind. Inside camera/ only; others call MakeSource.
#pragma once

#include <memory>
#include <string>

#include "brink/camera/source.h"

namespace brink::camera {

using Made = Result<std::unique_ptr<Source>>;

// The JPEG and PNG files of a folder by name, or one such file; each is given as it is.
Made MakeFolder(const std::string& path, const SourceOptions& options);
// "test:", "test:WIDTHxHEIGHT", "test:WIDTHxHEIGHT@FPS": a drawn scene that moves.
Made MakeTestPattern(const std::string& text, const SourceOptions& options);
// A URL of HTTP: a stream of JPEGs (multipart/x-mixed-replace), a JPEG or PNG that is asked for
// again and again, or, for other types, what ffmpeg makes of it.
Made MakeHttp(const std::string& text, const SourceOptions& options);
// A V4L2 device, "/dev/video0".
Made MakeV4l2(const std::string& path, const SourceOptions& options);
// Whatever ffmpeg reads: a film, rtsp://, HLS ...; "ffmpeg:" before it is taken off.
Made MakeFfmpeg(const std::string& text, const SourceOptions& options);

}  // namespace brink::camera
