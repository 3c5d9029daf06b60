"""A real client of the Model Context Protocol against the server: python .ci/mcp_client.py URL PROVDIR DATA.

Lists the tools and calls each that needs no special data, over HTTP at URL/mcp and over the standard input and output of the
program. The client itself holds the structured answers against the schemas that the tools announce.
"""

import asyncio
import sys

from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

TOOLS = [
    "search_providers", "get_provider", "validate_npi", "match_record", "extract_providers", "check_network", "find_slots",
    "explain",
]


async def call(session, tool, **arguments):
    result = await session.call_tool(tool, arguments)
    assert not result.is_error, (tool, result.content)
    told = result.structured_content
    assert told["freshness"]["source"] and told["freshness"]["as_of"], (tool, told)
    return told["result"]


async def speak(session, full):
    await session.initialize()
    tools = (await session.list_tools()).tools
    assert [tool.name for tool in tools] == TOOLS, tools
    assert all(tool.annotations.read_only_hint and tool.output_schema for tool in tools), tools
    assert (await call(session, "validate_npi", npi="1234567890"))["expected_check_digit"] == 3
    refused = await session.call_tool("search_providers", {"colour": "red"})
    assert refused.is_error, refused
    refused = await session.call_tool("find_slots", {"limit": 1})
    assert refused.is_error and "401" in refused.content[0].text, refused
    if not full:
        return
    found = (await call(session, "search_providers", specialty=["cardiology"], limit=1))["results"][0]
    key = found["npi"]
    assert (await call(session, "get_provider", key=key))["npi"] == key
    matched = await call(session, "match_record", npi=key, name=found["name"])
    assert matched["candidates"][0]["provider"]["npi"] == key, matched
    text = f"Please call Dr. {found['name']}, NPI {key}."
    read = await call(session, "extract_providers", text=text)
    [mention] = read["mentions"]
    assert text[mention["start"]:mention["end"]] == mention["text"], mention
    assert mention["fields"]["npi"]["value"] == key, mention
    assert "causes" in await call(session, "explain", key=key, search={"state": "AK"})


async def main(url, program, data):
    async with streamable_http_client(f"{url}/mcp") as streams:
        async with ClientSession(streams[0], streams[1]) as session:
            await speak(session, full=True)
    print("over HTTP: passed")
    server = StdioServerParameters(command=program, args=["mcp", "--log", "warn", "--data", data])
    async with stdio_client(server) as streams:
        async with ClientSession(streams[0], streams[1]) as session:
            await speak(session, full=False)
    print("over standard input and output: passed")


asyncio.run(main(*sys.argv[1:4]))
