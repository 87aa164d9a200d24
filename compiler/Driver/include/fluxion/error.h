// Errors are values: a number, a sentence, a place. An Expected<T> holds a T or the Error that stood in its way; asking
// for a T that is not there ends the program with the rendered error, never with undefined behaviour.
#ifndef FLUXION_ERROR_H
#define FLUXION_ERROR_H
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fluxion::api {

class Error {
public:
  Error(std::string number, std::string message);

  const std::string &number() const;  // "E0301"; `fluxion explain E0301` has a page
  const std::string &message() const; // one line, without number and place
  const std::string &file() const;    // empty: not about a source file
  uint32_t line() const;              // from 1; 0: no place
  uint32_t column() const;            // in code points, from 1
  bool isInternal() const;            // not the input's fault: please report it

  // What a person should read: the message, the line with a caret, notes and hints; ends with a newline.
  std::string render(bool color = false) const;

  Error &note(std::string text); // a further line under the message
  Error &hint(std::string text); // a likely fix

  struct Text;
  explicit Error(std::shared_ptr<Text> text) : text(std::move(text)) {}
  const Text &internals() const { return *text; }

private:
  std::shared_ptr<Text> text; // shared by copies, until a note or a hint is added to one of them
};

[[noreturn]] void failOnError(const Error &); // prints and aborts
[[noreturn]] void failOnValue();

template <class T> class [[nodiscard]] Expected {
public:
  Expected(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Expected(Error error) : state(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }
  T &operator*() & { return get(); }
  const T &operator*() const & { return const_cast<Expected *>(this)->get(); }
  T &&operator*() && { return std::move(get()); }
  T *operator->() { return &get(); }
  const T *operator->() const { return &const_cast<Expected *>(this)->get(); }
  // When there is no value; asking for the error of a value ends the program, too.
  const Error &error() const {
    if (state.index() != 1) failOnValue();
    return *std::get_if<1>(&state);
  }

private:
  T &get() {
    if (state.index() != 0) failOnError(*std::get_if<1>(&state));
    return *std::get_if<0>(&state);
  }
  std::variant<T, Error> state;
};

template <> class [[nodiscard]] Expected<void> {
public:
  Expected() = default;
  Expected(Error error) : failure(std::move(error)) {}
  explicit operator bool() const { return !failure; }
  const Error &error() const {
    if (!failure) failOnValue();
    return *failure;
  }

private:
  std::optional<Error> failure;
};

} // namespace fluxion::api
#endif
