//! Reading files that may be gzipped, with a limit on what they may grow to.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// The first two bytes of gzip.
const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];

/// Bytes that are read at once from a file that is read from its start.
const READ_BYTES: usize = 128 << 10;

/// Reads a whole file, unpacked when it is gzip by its first bytes. More than
/// `max_bytes`, packed or not, is an error of kind `FileTooLarge`.
pub fn read(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // The size of the file saves reallocations; pipes have none.
    let size = file.metadata().map_or(0, |about| about.len());
    let packed = read_at_most(file, max_bytes, size.min(max_bytes))?;
    if !is_gzip(&packed) {
        return Ok(packed);
    }
    unpack(&packed, max_bytes)
}

/// Opens a file to be read from its start, unpacked when it is gzip by its first bytes.
pub fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let mut file = BufReader::with_capacity(READ_BYTES, File::open(path)?);
    Ok(match is_gzip(file.fill_buf()?) {
        true => Box::new(BufReader::with_capacity(
            READ_BYTES,
            MultiGzDecoder::new(file),
        )),
        false => Box::new(file),
    })
}

/// Writes a file whole or not at all.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    std::fs::write(&temporary, bytes)?;
    std::fs::rename(&temporary, path)
}

/// True when bytes begin as gzip does.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&GZIP_MAGIC)
}

/// Unpacks gzip; more than `max_bytes` is an error of kind `FileTooLarge`.
pub(crate) fn unpack(packed: &[u8], max_bytes: u64) -> io::Result<Vec<u8>> {
    read_at_most(MultiGzDecoder::new(packed), max_bytes, 0)
}

/// `expected` is a guess of how many bytes there are.
pub(crate) fn read_at_most(
    source: impl Read,
    max_bytes: u64,
    expected: u64,
) -> io::Result<Vec<u8>> {
    // One more, so that the end is seen without growing.
    let mut bytes = Vec::with_capacity(usize::try_from(expected + 1).unwrap_or(0));
    source.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        let message = format!("more than {max_bytes} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn files_are_unpacked_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain");
        std::fs::write(&plain, "abc").unwrap();
        assert_eq!(read(&plain, 3).unwrap(), b"abc");
        assert_eq!(
            read(&plain, 2).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
        let packed = folder.path().join("packed");
        let file = File::create(&packed).unwrap();
        let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::best());
        encoder.write_all(&[b'a'; 10_000]).unwrap();
        encoder.finish().unwrap();
        assert_eq!(read(&packed, 10_000).unwrap().len(), 10_000);
        assert_eq!(
            read(&packed, 9_999).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
    }
}
