// One conversation of the official Go client with our server: connect, list, call, read and get everything, leave.
//
//	client stdio|http REVISION TARGET
//
// Arguments and output are those of ts/run.mjs.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func say(event string, fields map[string]any) {
	line := map[string]any{"event": event}
	for name, value := range fields {
		line[name] = value
	}
	text, err := json.Marshal(line)
	check(err)
	fmt.Println(string(text))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// answer tells a result, or why there is none.
func answer(event, key, name string, result any, err error) {
	if err != nil {
		say(event, map[string]any{key: name, "error": err.Error()})
		return
	}
	say(event, map[string]any{key: name, "result": result})
}

func transport(kind, target string) mcp.Transport {
	if kind == "http" {
		return &mcp.StreamableClientTransport{Endpoint: target}
	}
	var words []string
	check(json.Unmarshal([]byte(target), &words))
	command := exec.Command(words[0], words[1:]...)
	command.Stderr = os.Stderr
	return &mcp.CommandTransport{Command: command}
}

func readResources(ctx context.Context, session *mcp.ClientSession) {
	for resource, err := range session.Resources(ctx, nil) {
		check(err)
		result, err := session.ReadResource(ctx, &mcp.ReadResourceParams{URI: resource.URI})
		answer("resource", "uri", resource.URI, result, err)
	}
}

func getPrompts(ctx context.Context, session *mcp.ClientSession) {
	for prompt, err := range session.Prompts(ctx, nil) {
		check(err)
		arguments := map[string]string{}
		for _, argument := range prompt.Arguments {
			arguments[argument.Name] = "localhost"
		}
		result, err := session.GetPrompt(ctx, &mcp.GetPromptParams{Name: prompt.Name, Arguments: arguments})
		answer("prompt", "name", prompt.Name, result, err)
	}
}

func main() {
	ctx := context.Background()
	var calls map[string]map[string]any
	check(json.NewDecoder(os.Stdin).Decode(&calls))
	client := mcp.NewClient(&mcp.Implementation{Name: "official-go", Version: "1.0.0"}, nil)
	session, err := client.Connect(ctx, transport(os.Args[1], os.Args[3]), connectOptions(os.Args[2]))
	check(err)
	hello := session.InitializeResult()
	say("connected", map[string]any{"revision": hello.ProtocolVersion, "server": hello.ServerInfo})
	listed, err := session.ListTools(ctx, nil)
	check(err)
	say("tools", map[string]any{"tools": listed.Tools})
	for name, arguments := range calls {
		result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: arguments})
		answer("call", "tool", name, result, err)
	}
	if hello.Capabilities.Resources != nil {
		readResources(ctx, session)
	}
	if hello.Capabilities.Prompts != nil {
		getPrompts(ctx, session)
	}
	check(session.Close())
	say("closed", nil)
}

// connectOptions asks for one revision.
func connectOptions(revision string) *mcp.ClientSessionOptions {
	return &mcp.ClientSessionOptions{ProtocolVersion: revision}
}
