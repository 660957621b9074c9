#pragma once

#include <cairo/cairo.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/error.h"

namespace mon::chart {

struct Colour {
  double red = 0, green = 0, blue = 0, alpha = 1;
};

enum class Align { kLeft, kCentre, kRight };

/// A picture to draw on, in CSS pixels from its upper left corner; cairo's own types stay here.
class Canvas {
 public:
  /// `density` pixels for each CSS pixel, each way.
  Canvas(int width, int height, int density);

  void FillRounded(double radius, const Colour& colour);
  void FillRect(double x, double y, double width, double height, const Colour& colour);
  void Text(double x, double baseline, const std::string& text, const Colour& colour,
            Align align = Align::kLeft, bool bold = false);
  [[nodiscard]] double TextWidth(const std::string& text, bool bold = false);
  /// From (x1, y1) to (x2, y2).
  void Line(double x1, double y1, double x2, double y2, const Colour& colour, double width,
            bool dashed = false);
  void Dot(double x, double y, double radius, const Colour& colour);

  /// A line of several points: Begin, MoveTo and LineTo, Stroke.
  void MoveTo(double x, double y) { cairo_move_to(cairo_.get(), x, y); }
  void LineTo(double x, double y) { cairo_line_to(cairo_.get(), x, y); }
  void Stroke(const Colour& colour, double width);

  /// What is drawn outside of the rectangle until Unclip is left out.
  void Clip(double x, double y, double width, double height);
  void Unclip() { cairo_reset_clip(cairo_.get()); }

  /// Errors: kInternal, with cairo's words.
  [[nodiscard]] Result<std::string> Png();

 private:
  void Use(const Colour& colour);
  void UseFont(bool bold);

  struct SurfaceEnd {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  };
  struct CairoEnd {
    void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
  };
  int width_;
  int height_;
  std::unique_ptr<cairo_surface_t, SurfaceEnd> surface_;
  std::unique_ptr<cairo_t, CairoEnd> cairo_;
};

}  // namespace mon::chart
