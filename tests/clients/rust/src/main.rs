//! One conversation of the official Rust client with our server: connect, list, call, read and get everything, leave.
//!
//!     rust-client stdio|http REVISION TARGET
//!
//! Arguments and output are those of ../ts/run.mjs.

use std::{collections::BTreeMap, error::Error};

use rmcp::{
    ClientLifecycleMode, ClientServiceExt, RoleClient,
    model::{
        CallToolRequestParams, ClientCapabilities, ClientConfig, GetPromptRequestParams, Implementation,
        JsonObject, ProtocolVersion, ReadResourceRequestParams,
    },
    service::RunningService,
    transport::{StreamableHttpClientTransport, TokioChildProcess},
};
use serde_json::{Value, json};

type Failure = Box<dyn Error>;

/// Prints an event: the result, or why there is none.
fn answer<T: serde::Serialize, E: Error>(event: &str, key: &str, name: &str, result: Result<T, E>) {
    let mut line = json!({ "event": event, key: name });
    match result {
        Ok(result) => line["result"] = json!(result),
        Err(error) => line["error"] = json!(error.to_string()),
    }
    println!("{line}");
}

async fn connect(
    kind: &str,
    revision: &str,
    target: &str,
) -> Result<RunningService<RoleClient, ClientConfig>, Failure> {
    let version: ProtocolVersion = serde_json::from_value(json!(revision))?;
    let mode = if version.has_initialize() {
        ClientLifecycleMode::Initialize
    } else {
        ClientLifecycleMode::Discover { preferred_versions: vec![version.clone()] }
    };
    let mut client =
        ClientConfig::new(ClientCapabilities::default(), Implementation::new("official-rust", "1.0.0"));
    client.protocol_version = version;
    if kind == "http" {
        let transport = StreamableHttpClientTransport::from_uri(target);
        return Ok(client.serve_with_lifecycle(transport, mode).await?);
    }
    let words: Vec<String> = serde_json::from_str(target)?;
    let mut command = tokio::process::Command::new(&words[0]);
    command.args(&words[1..]);
    Ok(client.serve_with_lifecycle(TokioChildProcess::new(command)?, mode).await?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().collect();
    let calls: BTreeMap<String, JsonObject> = serde_json::from_reader(std::io::stdin())?;
    let client = connect(&words[1], &words[2], &words[3]).await?;
    let peer = client.peer_info().ok_or("the server did not introduce itself")?.clone();
    let (revision, server) = (&peer.protocol_version, &peer.server_info);
    println!("{}", json!({ "event": "connected", "revision": revision, "server": server }));
    println!("{}", json!({ "event": "tools", "tools": client.list_all_tools().await? }));
    for (tool, arguments) in calls {
        let params = CallToolRequestParams::new(tool.clone()).with_arguments(arguments);
        answer("call", "tool", &tool, client.call_tool(params).await);
    }
    if peer.capabilities.resources.is_some() {
        for resource in client.list_all_resources().await? {
            let params = ReadResourceRequestParams::new(resource.uri.clone());
            answer("resource", "uri", &resource.uri, client.read_resource(params).await);
        }
    }
    if peer.capabilities.prompts.is_some() {
        for prompt in client.list_all_prompts().await? {
            let names = prompt.arguments.unwrap_or_default().into_iter().map(|argument| argument.name);
            let arguments = names.map(|name| (name, Value::from("localhost"))).collect();
            let params = GetPromptRequestParams::new(prompt.name.clone()).with_arguments(arguments);
            answer("prompt", "name", &prompt.name, client.get_prompt(params).await);
        }
    }
    client.cancel().await?;
    println!("{}", json!({ "event": "closed" }));
    Ok(())
}
