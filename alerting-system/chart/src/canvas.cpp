#include "canvas.h"

#include <fmt/format.h>

#include <array>
#include <numbers>

namespace mon::chart {
namespace {

constexpr double kFontSize = 14;

}  // namespace

Canvas::Canvas(int width, int height, int density)
    : width_(width),
      height_(height),
      surface_(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width * density, height * density)),
      cairo_(cairo_create(surface_.get())) {
  cairo_scale(cairo_.get(), density, density);
  cairo_set_line_join(cairo_.get(), CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(cairo_.get(), CAIRO_LINE_CAP_ROUND);
}

void Canvas::Use(const Colour& colour) {
  cairo_set_source_rgba(cairo_.get(), colour.red, colour.green, colour.blue, colour.alpha);
}

void Canvas::UseFont(bool bold) {
  cairo_select_font_face(cairo_.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo_.get(), kFontSize);
}

void Canvas::FillRounded(double radius, const Colour& colour) {
  constexpr double kQuarter = std::numbers::pi / 2;
  auto* cairo = cairo_.get();
  cairo_new_sub_path(cairo);
  cairo_arc(cairo, width_ - radius, radius, radius, -kQuarter, 0);
  cairo_arc(cairo, width_ - radius, height_ - radius, radius, 0, kQuarter);
  cairo_arc(cairo, radius, height_ - radius, radius, kQuarter, 2 * kQuarter);
  cairo_arc(cairo, radius, radius, radius, 2 * kQuarter, 3 * kQuarter);
  cairo_close_path(cairo);
  Use(colour);
  cairo_fill(cairo);
}

void Canvas::FillRect(double x, double y, double width, double height, const Colour& colour) {
  cairo_rectangle(cairo_.get(), x, y, width, height);
  Use(colour);
  cairo_fill(cairo_.get());
}

double Canvas::TextWidth(const std::string& text, bool bold) {
  UseFont(bold);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo_.get(), text.c_str(), &extents);
  return extents.x_advance;
}

void Canvas::Text(double x, double baseline, const std::string& text, const Colour& colour,
                  Align align, bool bold) {
  const double width = TextWidth(text, bold);
  if (align == Align::kCentre) x -= width / 2;
  if (align == Align::kRight) x -= width;
  Use(colour);
  cairo_move_to(cairo_.get(), x, baseline);
  cairo_show_text(cairo_.get(), text.c_str());
  cairo_new_path(cairo_.get());
}

void Canvas::Line(double x1, double y1, double x2, double y2, const Colour& colour, double width,
                  bool dashed) {
  constexpr std::array<double, 2> kDashes = {5, 4};
  if (dashed) cairo_set_dash(cairo_.get(), kDashes.data(), kDashes.size(), 0);
  MoveTo(x1, y1);
  LineTo(x2, y2);
  Stroke(colour, width);
  cairo_set_dash(cairo_.get(), nullptr, 0, 0);
}

void Canvas::Dot(double x, double y, double radius, const Colour& colour) {
  cairo_new_sub_path(cairo_.get());
  cairo_arc(cairo_.get(), x, y, radius, 0, 2 * std::numbers::pi);
  Use(colour);
  cairo_fill(cairo_.get());
}

void Canvas::Stroke(const Colour& colour, double width) {
  Use(colour);
  cairo_set_line_width(cairo_.get(), width);
  cairo_stroke(cairo_.get());
}

void Canvas::Clip(double x, double y, double width, double height) {
  cairo_rectangle(cairo_.get(), x, y, width, height);
  cairo_clip(cairo_.get());
}

Result<std::string> Canvas::Png() {
  std::string png;
  const auto append = [](void* closure, const unsigned char* data, unsigned length) {
    static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  };
  auto status = cairo_status(cairo_.get());
  if (status == CAIRO_STATUS_SUCCESS) {
    status = cairo_surface_write_to_png_stream(surface_.get(), append, &png);
  }
  if (status != CAIRO_STATUS_SUCCESS) {
    return Fail(ErrorCode::kInternal,
                fmt::format("drawing a chart: {}", cairo_status_to_string(status)));
  }
  return png;
}

}  // namespace mon::chart
