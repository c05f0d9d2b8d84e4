//! A Triton server of the test's own, run by a guard (`guard.rs`): the one inside of the Python
//! wheel `nvidia-pytriton`, which `scripts/triton.sh` installs. Its models are Python programs.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};

use crate::guard::ServerGuard;

/// `$1` the folder of the wheels, `$2` that of Python's library, `$3` the version of Python,
/// `$4` the repository, `$5`, `$6` and `$7` the ports. A line of input kills the server; it is
/// then started again.
const GUARD: &str = r#"
set -e
umask 077
dir=$(mktemp -d "/tmp/robotoff-triton.XXXXXX")
server=
end() {
    trap - EXIT
    if [ -n "$server" ]; then kill -TERM "$server" 2>/dev/null || true; wait "$server" || true; fi
    rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' INT TERM HUP
triton="$1/pytriton/tritonserver"
cp -r "$triton/backends" "$dir/backends"
cp "$triton/python_backend_stubs/$3/triton_python_backend_stub" "$dir/backends/python/"
start() {
    # Python's own library first: the stub would take the system's, of another Python.
    LD_LIBRARY_PATH="$2:$1/nvidia_pytriton.libs" "$triton/bin/tritonserver" \
        --model-repository="$4" --backend-directory="$dir/backends" \
        --model-control-mode=explicit --load-model='*' \
        --http-address=127.0.0.1 --grpc-address=127.0.0.1 --metrics-address=127.0.0.1 \
        --http-port="$5" --grpc-port="$6" --metrics-port="$7" >>"$dir/log" 2>&1 </dev/null &
    server=$!
    for _ in $(seq 300); do
        if curl -sf -o /dev/null "http://127.0.0.1:$5/v2/health/ready"; then break; fi
        kill -0 "$server" 2>/dev/null || { echo "failed: $(tail -3 "$dir/log" | tr '\n' ' ')"; exit 1; }
        sleep 0.1
    done
    echo "ready"
}
start "$@"
while read -r _; do
    kill -KILL "$server" 2>/dev/null || true
    wait "$server" || true
    pkill -KILL -f "^$dir/backends/python/triton_python_backend_stub" 2>/dev/null || true
    start "$@"
done
"#;

/// A model of the server.
#[derive(Debug, Clone, Copy)]
pub struct TritonModel<'a> {
    pub name: &'a str,
    /// Inputs and outputs, in the form of `config.pbtxt`.
    pub config: &'a str,
    /// Python statements of `execute` for one `request`, which set `outputs`: arrays by name.
    /// `input(name)` gives an input array; `np` is numpy.
    pub code: &'a str,
}

/// A running Triton. It ends with the test process.
#[derive(Debug)]
pub struct Triton {
    port: u16,
    guard: Mutex<ServerGuard>,
    /// Models of the server.
    _repository: tempfile::TempDir,
}

impl Triton {
    /// Starts a server with these models.
    ///
    /// # Errors
    /// The wheel is not installed, or the server does not start.
    pub fn start(models: &[TritonModel<'_>]) -> Result<Self> {
        let wheels = wheels()?;
        let repository = tempfile::tempdir()?;
        for model in models {
            let folder = repository.path().join(model.name).join("1");
            fs::create_dir_all(&folder)?;
            let config = format!("backend: \"python\"\n{}\n", model.config);
            fs::write(folder.join("../config.pbtxt"), config)?;
            fs::write(folder.join("model.py"), program(model, &wheels))?;
        }
        let (library, version) = python()?;
        let ports = [free_port()?, free_port()?, free_port()?];
        let [http, grpc, metrics] = ports.map(|port| port.to_string());
        let wheels = wheels.display().to_string();
        let path = repository.path().display().to_string();
        let arguments = [&wheels, &library, &version, &path, &http, &grpc, &metrics];
        let arguments = arguments.map(String::as_str);
        let started = ServerGuard::start_as_caller(GUARD, &arguments);
        let (guard, _) = started.context("cannot start Triton")?;
        Ok(Self {
            port: ports[1],
            guard: Mutex::new(guard),
            _repository: repository,
        })
    }

    /// `127.0.0.1:PORT` of gRPC.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Kills the server and starts it again, at the same port.
    ///
    /// # Errors
    /// It does not start again.
    pub fn kill(&self) -> Result<()> {
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        guard.send_line("kill")?;
        Ok(())
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Folder of the installed wheels.
fn wheels() -> Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(|| crate::checkout().join("target"), PathBuf::from);
    let lib = target.join("triton/lib");
    let versions = fs::read_dir(&lib).with_context(|| {
        let lib = lib.display();
        format!("there is no Triton in {lib}: scripts/triton.sh installs it")
    })?;
    let mut found = versions.filter_map(|version| Some(version.ok()?.path().join("site-packages")));
    let found = found.find(|packages| packages.join("pytriton").is_dir());
    found.context("the wheel nvidia-pytriton is not installed: scripts/triton.sh")
}

/// Folder of Python's library, and its version.
fn python() -> Result<(String, String)> {
    let code = "import sys, sysconfig; print(sysconfig.get_config_var('LIBDIR')); \
                print('%d.%d' % sys.version_info[:2])";
    let output = Command::new("python3").args(["-c", code]).output()?;
    ensure!(output.status.success(), "python3 does not run");
    let printed = String::from_utf8(output.stdout)?;
    match printed.lines().collect::<Vec<_>>()[..] {
        [library, version] => Ok((library.to_owned(), version.to_owned())),
        _ => bail!("python3 printed {printed:?}"),
    }
}

fn program(model: &TritonModel<'_>, wheels: &std::path::Path) -> String {
    let code = model.code.trim().replace('\n', "\n            ");
    format!(
        r#"import sys
sys.path.insert(0, "{wheels}")
import time
import numpy as np
import triton_python_backend_utils as backend


class TritonPythonModel:
    def execute(self, requests):
        responses = []
        for request in requests:
            input = lambda name: backend.get_input_tensor_by_name(request, name).as_numpy()
            outputs = {{}}
            {code}
            tensors = [backend.Tensor(name, array) for name, array in outputs.items()]
            responses.append(backend.InferenceResponse(tensors))
        return responses
"#,
        wheels = wheels.display()
    )
}
