//! Conversion of errors for the guest.

use std::io;

use eryx_runtime::bindings::eryx::sandbox::net::{Error, ErrorCode};

pub(super) fn fail(code: ErrorCode, message: impl Into<String>) -> Error {
    Error { code, message: message.into() }
}

/// Converts an error of a system call on a socket.
pub(super) fn of_io(error: &io::Error) -> Error {
    use io::ErrorKind;
    let code = match error.kind() {
        ErrorKind::WouldBlock => ErrorCode::WouldBlock,
        ErrorKind::TimedOut => ErrorCode::TimedOut,
        ErrorKind::ConnectionRefused => ErrorCode::Refused,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => ErrorCode::Reset,
        ErrorKind::BrokenPipe => ErrorCode::BrokenPipe,
        ErrorKind::NotConnected => ErrorCode::NotConnected,
        ErrorKind::NetworkUnreachable
        | ErrorKind::HostUnreachable
        | ErrorKind::AddrNotAvailable
        | ErrorKind::NetworkDown => ErrorCode::Unreachable,
        ErrorKind::InvalidInput => ErrorCode::Invalid,
        _ => ErrorCode::Other,
    };
    // The guest has its own text for the other codes.
    let message = if code == ErrorCode::Other { error.to_string() } else { String::new() };
    fail(code, message)
}

/// Returns the error for a socket or session that does not exist or is closed.
pub(super) fn closed() -> Error {
    fail(ErrorCode::Closed, "")
}

pub(super) fn would_block() -> Error {
    fail(ErrorCode::WouldBlock, "")
}
