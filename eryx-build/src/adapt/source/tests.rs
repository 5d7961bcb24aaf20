//! Source trees that tests make, built in the real interpreter.
