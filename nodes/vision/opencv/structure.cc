/* SPDX-License-Identifier: MIT */
#include "nodes/vision/opencv/structure.hh"

#include <climits>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

const int most_nodes = 100000; /* of a list in a file */
const int largest_window = 1000;
const int places = 256; /* that the pattern of a square and those around it can have */

/* What a cascade says of itself. */
struct Form {
    int width, height;
    bool is_haar;
    int features; /* in the table at the end */
    int node_numbers;
};

[[noreturn]] void refuse(const std::string &why)
{
    throw std::runtime_error(why);
}

int whole(const cv::FileNode &node, const char *what)
{
    if (!node.isInt())
        refuse(std::string(what) + " is missing or is no whole number");
    return int(node);
}

double number(const cv::FileNode &node, const char *what)
{
    if (!node.isInt() && !node.isReal())
        refuse(std::string(what) + " is missing or is no number");
    return double(node);
}

std::string text(const cv::FileNode &node)
{
    return node.isString() ? std::string(node) : std::string();
}

cv::FileNode list(const cv::FileNode &node, const char *what)
{
    if (!node.isSeq() || node.size() == 0 || node.size() > std::size_t(most_nodes))
        refuse(std::string("its ") + what + " are missing or are no list");
    return node;
}

std::vector<double> numbers(const cv::FileNode &node, const char *what)
{
    std::vector<double> all;
    for (const cv::FileNode &item : list(node, what))
        all.push_back(number(item, what));
    return all;
}

/* Whether a rectangle lies in the window, where numbers that are too large for sums are not. */
bool is_inside(const std::vector<double> &at, double times, const Form &form)
{
    return at[0] >= 0 && at[1] >= 0 && at[2] > 0 && at[3] > 0 &&
           at[0] + times * at[2] <= form.width && at[1] + times * at[3] <= form.height;
}

/* The same of one that stands on its corner. */
bool is_tilted_inside(const std::vector<double> &at, const Form &form)
{
    return at[0] - at[3] >= 0 && at[1] >= 0 && at[2] > 0 && at[3] > 0 &&
           at[0] + at[2] <= form.width && at[1] + at[2] + at[3] <= form.height;
}

void examine_haar(const cv::FileNode &feature, const Form &form)
{
    bool is_tilted = !feature["tilted"].empty() && whole(feature["tilted"], "tilted") != 0;
    cv::FileNode rectangles = list(feature["rects"], "rectangles");
    if (rectangles.size() > 3)
        refuse("a feature has more than three rectangles");
    for (const cv::FileNode &rectangle : rectangles) {
        std::vector<double> at = numbers(rectangle, "numbers of a rectangle");
        if (at.size() != 5 || !(is_tilted ? is_tilted_inside(at, form) : is_inside(at, 1, form)))
            refuse("a rectangle of a feature is not inside of the window");
    }
}

void examine_feature(const cv::FileNode &feature, const Form &form)
{
    if (form.is_haar) {
        examine_haar(feature, form);
        return;
    }
    std::vector<double> at = numbers(feature["rect"], "numbers of a rectangle");
    if (at.size() != 4 || !is_inside(at, 3, form))
        refuse("a rectangle of a feature is not inside of the window");
}

/* A branch goes on to a later node, or ends at a leaf. */
void examine_branch(double branch, std::size_t node, std::size_t nodes, std::size_t leaves)
{
    bool is_sound =
        branch > 0 ? branch > double(node) && branch < double(nodes) : -branch < double(leaves);
    if (!is_sound)
        refuse("a node of a tree leads to nowhere");
}

void examine_tree(const cv::FileNode &tree, const Form &form)
{
    std::vector<double> nodes = numbers(tree["internalNodes"], "nodes of a tree");
    std::size_t leaves = numbers(tree["leafValues"], "leaves of a tree").size();
    std::size_t step = std::size_t(form.node_numbers), count = nodes.size() / step;
    if (nodes.size() % step != 0 || leaves != count + 1)
        refuse("a tree has the wrong number of nodes or leaves");
    for (std::size_t i = 0; i < count; i++) {
        const double *node = &nodes[i * step];
        examine_branch(node[0], i, count, leaves);
        examine_branch(node[1], i, count, leaves);
        if (!(node[2] >= 0 && node[2] < form.features))
            refuse("a node of a tree has a feature that is not there");
    }
}

Form examine_form(const cv::FileNode &root)
{
    std::string type = text(root["featureType"]);
    int categories = whole(root["featureParams"]["maxCatCount"], "maxCatCount");
    Form form = {whole(root["width"], "width"), whole(root["height"], "height"), type == "HAAR", 0,
                 0};
    if (type != "HAAR" && type != "LBP")
        refuse("its features are \"" + type + "\"; only those that are HAAR or LBP can be used");
    if (text(root["stageType"]) != "BOOST")
        refuse("its stages are not of the type BOOST");
    if (categories != (form.is_haar ? 0 : places))
        refuse("maxCatCount is not that of its features");
    if (form.width < 3 || form.height < 3 || form.width > largest_window ||
        form.height > largest_window)
        refuse("its window is too small or too large");
    form.node_numbers = form.is_haar ? 4 : 3 + places / 32;
    form.features = int(list(root["features"], "features").size());
    return form;
}

} // namespace

void vf_cascade_examine(const cv::FileNode &root)
{
    if (text(root["featureType"]).empty() && !root["stages"].empty())
        refuse(
            "it is a cascade in the form that OpenCV wrote before release 2.4; "
            "opencv_traincascade and OpenCV 3's convert_cascade write the form that is read now");
    if (root["stages"].empty())
        refuse("it is no cascade of OpenCV's");
    Form form = examine_form(root);
    for (const cv::FileNode &feature : root["features"])
        examine_feature(feature, form);
    for (const cv::FileNode &stage : list(root["stages"], "stages")) {
        number(stage["stageThreshold"], "stageThreshold");
        for (const cv::FileNode &tree : list(stage["weakClassifiers"], "trees of a stage"))
            examine_tree(tree, form);
    }
}
