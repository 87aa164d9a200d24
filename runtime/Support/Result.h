// Errors as values: a function that may fail returns Result<T>, which holds a T or an Error, never neither.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace fluxion::runtime {

/// What was wrong with the outside world: a numbered message that names the place.
struct Error {
  std::string number; // "E0603"; see Errors.h
  std::string message;
  std::string path = {}; // the file at fault, if one is
  int64_t offset = -1;   // the byte in it, or
  int64_t line = 0;      // the line, counted from 1

  /// "error[E0603]: x.npy, byte 128: …"
  std::string render() const;
};

template <class T> class [[nodiscard]] Result {
public:
  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }
  T &operator*() & { return *checked<0>(&state); }
  const T &operator*() const & { return *checked<0>(&state); }
  T &&operator*() && { return std::move(*checked<0>(&state)); }
  T *operator->() { return checked<0>(&state); }
  const T *operator->() const { return checked<0>(&state); }
  Error &error() { return *checked<1>(&state); }
  const Error &error() const { return *checked<1>(&state); }

private:
  // Reading the side that is not there is a mistake of the program, not of its input.
  template <size_t I, class State> static auto checked(State *state) {
    auto *side = std::get_if<I>(state);
    if (!side) abort();
    return side;
  }
  std::variant<T, Error> state;
};

/// The result of an action that yields nothing.
struct Done {};
using Status = Result<Done>;

} // namespace fluxion::runtime
