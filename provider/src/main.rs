//! The provider's program; everything happens in the library.

use std::process::ExitCode;

use aci_provider::app;
use aci_provider::args::Args;
use aci_provider::config::{Settings, Source};

#[tokio::main]
async fn main() -> ExitCode {
    let args = match Args::try_parse_line(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => error.exit(),
    };
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())));
    let source = Source::new(variables, &|path| std::fs::read(path));
    let ended = match Settings::resolve(args, &source) {
        Ok(settings) => app::run(settings).await,
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("aci-provider: {error:#}");
            ExitCode::FAILURE
        }
    }
}
