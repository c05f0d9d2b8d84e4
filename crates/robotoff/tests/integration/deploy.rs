//! Files of a deployment, and the services that they start: the tests of `tests/deploy`, which
//! are written in Python, since so are the scripts that read these files.

use std::process::Command;

use robotoff_testbed::checkout;

use super::{PROGRAM, python, text};

/// Runs the tests of a module of `tests/deploy`, or of one class of it.
#[track_caller]
fn passes(tests: &str) {
    let mut command = Command::new(python("python"));
    command
        .args(["-m", "unittest", "--verbose", tests])
        .current_dir(checkout().join("tests/deploy"))
        .env("ROBOTOFF_PROGRAM", PROGRAM);
    let output = command.output().expect("Python runs");
    assert!(output.status.success(), "{tests}\n{}", text(&output));
}

#[test]
fn the_files_of_a_deployment_agree_with_the_program() {
    passes("test_files");
}

#[test]
fn a_release_is_packed_twice_to_the_same_bytes() {
    passes("test_dist");
}

#[test]
fn the_services_of_the_compose_file_come_up_healthy() {
    passes("test_stack.Whole");
}

#[test]
fn a_change_of_the_compose_file_is_a_change_of_what_runs() {
    passes("test_stack.Changes");
}

#[test]
fn every_command_of_the_operators_page_works() {
    passes("test_operating");
}

#[test]
fn the_image_is_made_in_clean_roots() {
    passes("test_image");
}

#[test]
fn old_and_new_processes_run_side_by_side() {
    passes("test_upgrade");
}
