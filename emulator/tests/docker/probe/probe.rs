//! The program inside the tests' image: does the one thing that its first argument names.
//!
//! Compiled statically by the tests themselves, so that no test needs a registry or a tool of the host's.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::exit;

fn main() {
    let mut arguments = std::env::args();
    let own_name = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments.collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match own_name.rsplit('/').next() {
        Some("echo") => return println!("{}", arguments.join(" ")),
        Some("sh") => return shell(),
        _ => {}
    }
    match arguments.as_slice() {
        ["say", text, code] => {
            println!("{text}");
            exit(code.parse().expect("an exit code"));
        }
        ["lines", count] => {
            for line in 1..=count.parse().expect("a count") {
                println!("out {line}");
                eprintln!("err {line}");
            }
        }
        ["env", name] => println!("{name}={}", std::env::var(name).unwrap_or_default()),
        ["cat", path] => match std::fs::read(path) {
            Ok(bytes) => std::io::stdout().write_all(&bytes).expect("standard output"),
            Err(error) => {
                eprintln!("{path}: {error}");
                exit(1);
            }
        },
        ["stat", path] => {
            use std::os::unix::fs::MetadataExt;
            let found = std::fs::metadata(path).expect("the file");
            println!("{:o} {}:{}", found.mode() & 0o7777, found.uid(), found.gid());
        }
        ["write", path, text] => std::fs::write(path, text).expect("a writable file"),
        ["hog"] => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![1; 1 << 20]);
                println!("{}", hoard.len());
            }
        }
        ["serve", port, text] => {
            let listener = TcpListener::bind(("0.0.0.0", port.parse().expect("a port"))).expect("the port");
            println!("listening");
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                stream.write_all(text.as_bytes()).expect("a reader");
                println!("served");
            }
        }
        ["echo-udp", port] => {
            let socket = UdpSocket::bind(("0.0.0.0", port.parse().expect("a port"))).expect("the port");
            println!("listening");
            let mut packet = [0; 1500];
            loop {
                let (length, from) = socket.recv_from(&mut packet).expect("a packet");
                socket.send_to(&packet[..length], from).expect("a way back");
            }
        }
        ["answer", port, status, files @ ..] => {
            for path in files {
                std::fs::write(path, "").expect("a writable file");
            }
            let listener = TcpListener::bind(("0.0.0.0", port.parse().expect("a port"))).expect("the port");
            println!("listening");
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut heard = Vec::new();
                while !heard.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).expect("a request");
                    heard.push(byte[0]);
                }
                println!("{}", String::from_utf8_lossy(&heard));
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok");
                stream.write_all(answer.as_bytes()).expect("a reader");
            }
        }
        ["deaf", port] => {
            let _listener = TcpListener::bind(("0.0.0.0", port.parse().expect("a port"))).expect("the port");
            println!("listening");
            loop {
                std::thread::park();
            }
        }
        ["local", port] => {
            let _listener = TcpListener::bind(("127.0.0.1", port.parse().expect("a port"))).expect("the port");
            println!("listening");
            loop {
                std::thread::park();
            }
        }
        ["mkdir", path] => {
            if let Err(error) = std::fs::create_dir(path) {
                eprintln!("{path}: {error}");
                exit(1);
            }
        }
        ["remove", path] => std::fs::remove_file(path).expect("the file"),
        ["fetch", address] => match TcpStream::connect_timeout(
            &address.parse().expect("an address"),
            std::time::Duration::from_secs(3),
        ) {
            Ok(mut stream) => {
                let mut text = String::new();
                stream.read_to_string(&mut text).expect("text");
                println!("{text}");
            }
            Err(error) => {
                println!("{error}");
                exit(1);
            }
        },
        ["ask", address, path, headers @ ..] => match TcpStream::connect_timeout(
            &address.parse().expect("an address"),
            std::time::Duration::from_secs(3),
        ) {
            Ok(mut stream) => {
                let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
                let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n");
                stream.write_all(request.as_bytes()).expect("a reader");
                let mut text = String::new();
                stream.read_to_string(&mut text).expect("text");
                println!("{text}");
            }
            Err(error) => {
                println!("{error}");
                exit(1);
            }
        },
        // Keeps one core busy and some memory in use.
        ["spin", bytes] => {
            let hoard = vec![1_u8; bytes.parse().expect("a count")];
            println!("spinning over {}", hoard.iter().map(|byte| usize::from(*byte)).sum::<usize>());
            loop {
                std::hint::black_box(&hoard);
            }
        }
        ["wait"] => loop {
            std::thread::park();
        },
        other => {
            println!("arguments {other:?}");
            exit(64);
        }
    }
}

/// Reads lines at a prompt until the end of input: `echo words`, `size` of the terminal, `exit code`.
fn shell() {
    let mut line = String::new();
    loop {
        print!("$ ");
        std::io::stdout().flush().expect("standard output");
        line.clear();
        if std::io::stdin().read_line(&mut line).expect("a line") == 0 {
            return;
        }
        match line.trim_end().split_once(' ').unwrap_or((line.trim_end(), "")) {
            ("echo", words) => println!("{words}"),
            ("size", "") => println!("{}", terminal_size()),
            ("exit", code) => exit(code.parse().expect("an exit code")),
            other => println!("not found: {other:?}"),
        }
    }
}

/// Rows and columns, as `stty size` writes them.
fn terminal_size() -> String {
    unsafe extern "C" {
        fn ioctl(file: i32, request: u64, ...) -> i32;
    }
    /// On x86_64 and aarch64 alike (asm-generic/ioctls.h).
    const TIOCGWINSZ: u64 = 0x5413;
    let mut size = [0_u16; 4];
    // SAFETY: the request writes one `struct winsize`, which is four numbers of 16 bits.
    let answer = unsafe { ioctl(0, TIOCGWINSZ, size.as_mut_ptr()) };
    assert_eq!(answer, 0, "standard input is a terminal");
    format!("{} {}", size[0], size[1])
}
