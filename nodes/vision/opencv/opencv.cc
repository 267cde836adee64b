/* SPDX-License-Identifier: MIT */
/* opencv.so: cascades of OpenCV, for C. */
extern "C" {
#include "nodes/vision/opencv/opencv.h"
}

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/core/ocl.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "nodes/vision/opencv/structure.hh"

struct vf_opencv_cascade {
    cv::CascadeClassifier classifier;
    std::vector<vf_opencv_box> boxes;
};

namespace
{

/* The picture as it is looked at, and the way back from it. */
struct View {
    cv::Mat samples;
    cv::Size2d from; /* the size of the picture */
    double cosine, sine;
    bool is_mirrored;
};

int refuse(const vf_opencv_problem *problem, int err, const char *why)
{
    std::string line(why);
    std::size_t end = line.find('\n');
    std::snprintf(problem->text, problem->size, "%s", line.substr(0, end).c_str());
    return err;
}

/* Runs `work`, and makes what it throws an error. */
template <typename Work> int guarded(const vf_opencv_problem *problem, Work work)
{
    try {
        work();
        return 0;
    } catch (const std::bad_alloc &) {
        return refuse(problem, -ENOMEM, "out of memory");
    } catch (const cv::Exception &thrown) {
        int err = thrown.code == cv::Error::StsNoMem ? -ENOMEM : -EINVAL;
        return refuse(problem, err, thrown.err.c_str());
    } catch (const std::exception &thrown) {
        return refuse(problem, -EINVAL, thrown.what());
    } catch (...) {
        return refuse(problem, -EINVAL, "OpenCV has failed, and does not say why");
    }
}

/* OpenCV prints what it throws; here it is in the problem. */
int be_silent(int, const char *, const char *, const char *, int, void *)
{
    return 0;
}

/* Exact for what stands upright or lies. */
void set_angle(View &view, int angle)
{
    static const double quarters[] = {0, 1, 0, -1};
    int turned = (angle % 360 + 360) % 360;
    if (turned % 90 == 0) {
        view.sine = quarters[turned / 90];
        view.cosine = quarters[(turned / 90 + 1) % 4];
    } else {
        view.sine = std::sin(turned * CV_PI / 180);
        view.cosine = std::cos(turned * CV_PI / 180);
    }
}

/* The picture turned back by the angle, in a frame that has room for all of it. */
cv::Mat turn(const cv::Mat &picture, const View &view)
{
    double across = view.from.width / 2, down = view.from.height / 2, c = view.cosine,
           s = view.sine;
    if (c == 1)
        return picture;
    cv::Size size(cvCeil(std::abs(c) * view.from.width + std::abs(s) * view.from.height),
                  cvCeil(std::abs(s) * view.from.width + std::abs(c) * view.from.height));
    cv::Mat turned;
    if (c == 0 || s == 0) {
        cv::rotate(picture, turned,
                   s > 0   ? cv::ROTATE_90_COUNTERCLOCKWISE
                   : s < 0 ? cv::ROTATE_90_CLOCKWISE
                           : cv::ROTATE_180);
        return turned;
    }
    /* From the middles of pixels of the turned picture to those of the picture. */
    double x = 0.5 - size.width / 2.0, y = 0.5 - size.height / 2.0;
    cv::Matx23d back(c, -s, c * x - s * y + across - 0.5, s, c, s * x + c * y + down - 0.5);
    cv::warpAffine(picture, turned, back, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                   cv::BORDER_REPLICATE);
    return turned;
}

View look(const vf_opencv_picture &picture, const vf_opencv_search &search)
{
    /* OpenCV has no matrix that cannot be written; nothing here writes into it. */
    const cv::Mat whole(picture.height, picture.width, CV_8UC1,
                        const_cast<std::uint8_t *>(picture.samples), picture.stride);
    View view = {{}, cv::Size2d(whole.size()), 1, 0, search.is_mirrored};
    set_angle(view, search.angle);
    view.samples = turn(whole, view);
    if (search.is_mirrored) {
        cv::Mat mirrored;
        cv::flip(view.samples, mirrored, 1);
        view.samples = mirrored;
    }
    return view;
}

double within(double place, double most)
{
    return std::min(std::max(place, 0.0), most);
}

/* Returns the box around a rectangle of the view, where it is in the picture. */
vf_opencv_box place(const cv::Rect &found, const View &view, int windows)
{
    double xmin = found.x, xmax = found.x + found.width;
    double width = view.samples.cols, height = view.samples.rows;
    if (view.is_mirrored) {
        xmin = width - (found.x + found.width);
        xmax = width - found.x;
    }
    double c = view.cosine, s = view.sine;
    double x = (xmin + xmax - width) / 2, y = found.y + (found.height - height) / 2;
    double across = (std::abs(c) * (xmax - xmin) + std::abs(s) * found.height) / 2;
    double down = (std::abs(s) * (xmax - xmin) + std::abs(c) * found.height) / 2;
    double middle_x = c * x - s * y + view.from.width / 2;
    double middle_y = s * x + c * y + view.from.height / 2;
    return {within(middle_y - down, view.from.height), within(middle_x - across, view.from.width),
            within(middle_y + down, view.from.height), within(middle_x + across, view.from.width),
            windows};
}

bool goes_before(const vf_opencv_box &a, const vf_opencv_box &b)
{
    if (a.ymin != b.ymin)
        return a.ymin < b.ymin;
    if (a.xmin != b.xmin)
        return a.xmin < b.xmin;
    if (a.ymax != b.ymax)
        return a.ymax < b.ymax;
    if (a.xmax != b.xmax)
        return a.xmax < b.xmax;
    return a.windows > b.windows;
}

void search_view(vf_opencv_cascade &cascade, const View &view, const vf_opencv_search &search)
{
    std::vector<cv::Rect> found;
    std::vector<int> windows;
    cv::Size window = cascade.classifier.getOriginalWindowSize();
    cv::Size largest; /* empty: any */
    if (search.largest)
        largest =
            cv::Size(cvCeil(double(search.largest) * window.width / window.height), search.largest);
    cascade.classifier.detectMultiScale(view.samples, found, windows, search.step,
                                        search.neighbours, 0, cv::Size(0, search.smallest),
                                        largest);
    for (std::size_t i = 0; i < found.size(); i++) {
        vf_opencv_box box = place(found[i], view, windows.at(i));
        if (box.xmax > box.xmin && box.ymax > box.ymin)
            cascade.boxes.push_back(box);
    }
    /* Threads find them in any order. */
    std::sort(cascade.boxes.begin(), cascade.boxes.end(), goes_before);
}

int use_threads(int count, const vf_opencv_problem *problem)
{
    return guarded(problem, [&] {
        cv::ocl::setUseOpenCL(false);
        cv::setNumThreads(count);
    });
}

void close_cascade(vf_opencv_cascade **cascade)
{
    delete *cascade;
    *cascade = nullptr;
}

int open_cascade(vf_opencv_cascade **cascade, const char *path, const vf_opencv_problem *problem)
{
    *cascade = nullptr;
    cv::redirectError(be_silent);
    return guarded(problem, [&] {
        std::unique_ptr<vf_opencv_cascade> opened(new vf_opencv_cascade());
        cv::FileStorage file(path, cv::FileStorage::READ | cv::FileStorage::FORMAT_XML);
        if (!file.isOpened())
            throw std::runtime_error("it cannot be read");
        cv::FileNode root = file.getFirstTopLevelNode();
        vf_cascade_examine(root);
        if (!opened->classifier.read(root))
            throw std::runtime_error("it is no cascade that this release of OpenCV can use");
        *cascade = opened.release();
    });
}

int window_of(const vf_opencv_cascade *cascade)
{
    return cascade->classifier.getOriginalWindowSize().height;
}

int find(vf_opencv_cascade *cascade, const vf_opencv_picture *picture,
         const vf_opencv_search *search, vf_opencv_boxes *boxes, const vf_opencv_problem *problem)
{
    *boxes = {nullptr, 0};
    int err = guarded(problem, [&] {
        cascade->boxes.clear();
        search_view(*cascade, look(*picture, *search), *search);
    });
    if (!err)
        *boxes = {cascade->boxes.data(), cascade->boxes.size()};
    return err;
}

} // namespace

extern "C" __attribute__((visibility("default"))) const vf_opencv *vf_opencv_face()
{
    static const vf_opencv face = {CV_VERSION,    use_threads, open_cascade,
                                   close_cascade, window_of,   find};
    return &face;
}
