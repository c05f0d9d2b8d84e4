//! The Product Opener of the tests as a process of its own.
//!
//! ```text
//! opener [LISTEN] [--products FILE.jsonl]... [--images FOLDER]... [--staging]
//! ```
//!
//! Prints its address on a line, then serves until standard input ends. What the
//! tests do with methods is done here below `/testbed/` (`opener/control.rs`).

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use robotoff_testbed::opener::{OpenerSettings, ProductOpener};

fn main() -> Result<()> {
    let mut address = "127.0.0.1:0".to_owned();
    let mut settings = OpenerSettings::default();
    let (mut products, mut images) = (Vec::new(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut path = || {
            let path = arguments.next().map(PathBuf::from);
            path.with_context(|| format!("{argument} lacks its value"))
        };
        match &*argument {
            "--products" => products.push(path()?),
            "--images" => images.push(path()?),
            "--staging" => settings.is_staging = true,
            _ => address = argument,
        }
    }
    let opener = ProductOpener::listen(&address, settings)?;
    products
        .iter()
        .try_for_each(|file: &PathBuf| opener.put_products(file))?;
    images
        .iter()
        .for_each(|folder| opener.serve_folder(Path::new(folder)));
    let mut output = std::io::stdout();
    writeln!(output, "{}", opener.url())?;
    output.flush()?;
    std::io::copy(&mut std::io::stdin().by_ref(), &mut std::io::sink())?;
    Ok(())
}
