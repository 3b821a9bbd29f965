#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

template <int N> struct Item {
    std::string name;
    int value = N;
    bool operator<(const Item &other) const { return value < other.value; }
};

template <int N> int work(int argument) {
    std::map<std::string, std::vector<Item<N>>> lists;
    std::unordered_map<int, std::shared_ptr<Item<N>>> found;
    std::function<bool(const Item<N> &)> odd = [](const Item<N> &item) { return item.value % 2; };
    for (int i = 0; i < argument; i++) {
        lists[std::to_string(i % 7)].push_back({std::to_string(i), i});
        found[i] = std::make_shared<Item<N>>();
    }
    int sum = 0;
    for (auto &[name, list] : lists) {
        std::sort(list.begin(), list.end());
        sum += std::count_if(list.begin(), list.end(), odd) + found.count(sum);
    }
    return sum;
}

} // namespace

