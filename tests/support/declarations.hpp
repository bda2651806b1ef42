// SPDX-License-Identifier: BSL-1.0
// Reads from a header which public member functions a class has that may change it: what a table of
// them must name. C++ cannot list a class's members; its own source can.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace penstock_test {

inline bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

inline std::string without(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos;)
    text.erase(at, std::min(text.find(to, at), text.size()) - at);
  return text;
}

// "std::string_view bytes, int" is "std::string_view, int"; default arguments are left out.
inline std::string parameter_types(std::string_view parameters) {
  std::string types;
  while (!parameters.empty()) {
    int depth = 0;
    const auto end = std::find_if(parameters.begin(), parameters.end(), [&depth](char c) {
      depth += c == '<' ? 1 : c == '>' ? -1 : 0;
      return c == ',' && depth == 0;
    });
    const std::size_t length = static_cast<std::size_t>(end - parameters.begin());
    std::string_view one = parameters.substr(0, length);
    parameters.remove_prefix(std::min(length + 1, parameters.size()));

    one = one.substr(0, one.find('='));
    const auto trim = [&one] {
      while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
      while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    };
    trim();
    std::size_t name = one.size();
    while (name != 0 && is_word(one[name - 1])) --name;
    if (name != 0 && one[name - 1] == ' ') one = one.substr(0, name);
    trim();
    (types += types.empty() ? "" : ", ") += one;
  }
  return types;
}

// The declarations directly in the public parts of `class_name` in a header's text, each as
// "name(parameter types)", without const ones, constructors, operators and comments.
inline std::vector<std::string> public_mutators(std::string_view header, std::string_view class_name) {
  const std::string text = without(std::string(header), "//", "\n");
  std::size_t body = 0;  // behind the brace of "class [attribute] class_name ... {"
  for (std::size_t at = text.find("class "); at != text.npos && body == 0; at = text.find("class ", at + 1)) {
    const std::string head = text.substr(at, text.find_first_of(";{", at) - at);
    const std::size_t name = head.find(class_name);
    const std::size_t end = name + class_name.size();
    if (name == head.npos || !(head[name - 1] == ' ') || (end < head.size() && is_word(head[end]))) continue;
    if (text[at + head.size()] == '{') body = at + head.size() + 1;
  }
  if (body == 0) return {};

  std::vector<std::string> found;
  bool is_public = false;
  std::string declaration;
  const auto end_declaration = [&] {
    const std::size_t open = declaration.find('(');
    const std::size_t close = declaration.rfind(')');
    std::size_t name = open;
    while (open != declaration.npos && name != 0 && is_word(declaration[name - 1])) --name;
    const bool known_as_function = open != declaration.npos && close != declaration.npos && name != open;
    if (is_public && known_as_function && declaration.find("operator") == declaration.npos) {
      const std::string word = declaration.substr(name, open - name);
      if (word != class_name && declaration.find("const", close) == declaration.npos)
        found.push_back(word + "(" + parameter_types(std::string_view(declaration).substr(open + 1, close - open - 1)) +
                        ")");
    }
    declaration.clear();
  };

  // What is in inner braces is left out; a body ends a declaration, a default argument does not.
  std::size_t depth = 1;
  bool is_body = false;
  for (std::size_t at = body; at < text.size() && depth != 0; ++at) {
    const char c = text[at];
    if (c == '{' && depth++ == 1)
      is_body = declaration.find_last_not_of(' ') != declaration.npos &&
                declaration[declaration.find_last_not_of(' ')] != '=';
    if (depth == 1 && c == ';') end_declaration();
    if (depth == 1 && c != ';') declaration += std::isspace(static_cast<unsigned char>(c)) != 0 ? ' ' : c;
    if (c == '}' && --depth == 1 && is_body) end_declaration();
    for (const std::string_view label : {"public:", "private:", "protected:"}) {
      if (!declaration.ends_with(label)) continue;
      is_public = label == "public:";
      declaration.clear();
    }
  }
  return found;
}

}  // namespace penstock_test
