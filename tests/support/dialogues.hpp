// SPDX-License-Identifier: BSL-1.0
// The shapes in which an upgrade is asked for, and what is injected into them.
#pragma once

#include <string>
#include <vector>

namespace penstock_test {

struct dialogue {
  std::string name;
  std::string request;
  std::string reply;  // empty: the client goes on at once
};

inline const dialogue dialogues[] = {
    {"SMTP", "STARTTLS\r\n", "220 ready\r\n"},
    {"IMAP", "a STARTTLS\r\n", "a OK begin\r\n"},
    {"PostgreSQL", std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8), "S"},
    {"PROXY header", "PROXY TCP4 192.0.2.1 192.0.2.2 40000 443\r\n", ""},
};

// Plain text, and what looks like records.
inline std::vector<std::string> injections() {
  return {"x",
          "MAIL FROM:<a@example.test>\r\n",
          "250-AUTH\r\n250 ok\r\n",
          std::string(3000, 'x'),
          "\x16\x03\x03",
          std::string("\x17\x03\x03\x00\x05hello", 10),
          std::string("\x15\x03\x03\x00\x02\x01\x00", 7)};
}

}  // namespace penstock_test
