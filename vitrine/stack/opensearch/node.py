"""How a local OpenSearch node is laid out and started, on loopback, without its shell scripts."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import yaml

from vitrine.stack.opensearch.java import Java

JVM_FLAGS = (
    "-Xss1m",
    "-XX:+UseG1GC",
    "-XX:-OmitStackTraceInFastThrow",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "-Djava.awt.headless=true",
    "-Djna.nosys=true",
    "-Dlog4j.shutdownHookEnabled=false",
    "-Dlog4j2.disable.jmx=true",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Dio.netty.recycler.maxCapacityPerThread=0",
    "-Dio.netty.allocator.numDirectArenas=0",
    "-Djava.locale.providers=SPI,CLDR",
    "-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1",
    "--add-opens=java.base/java.nio=org.apache.arrow.memory.core,ALL-UNNAMED",
)


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its home (shared, only read), its own folder, its ports and the size of its heap."""

    home: Path
    folder: Path
    http_port: int
    transport_port: int
    heap_mb: int
    java_options: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"


def node_configuration(node: Node) -> dict[str, str | int | bool]:
    """The content of opensearch.yml. Loopback turns the production checks at start into warnings."""
    return {
        "cluster.name": "vitrine",
        "node.name": "vitrine-local",
        "network.host": "127.0.0.1",
        "http.port": node.http_port,
        "transport.port": node.transport_port,
        "discovery.type": "single-node",
        "path.data": str(node.folder / "data"),
        "path.logs": str(node.folder / "logs"),
        "bootstrap.system_call_filter": False,
        "cluster.routing.allocation.disk.threshold_enabled": False,
        "action.auto_create_index": False,  # a typing error in an index name must not make an index
    }


def lay_out(node: Node) -> None:
    """Write the node's folders and configuration; its data stay as they are."""
    for name in ("config", "data", "logs", "tmp"):
        (node.folder / name).mkdir(parents=True, exist_ok=True)
    config = node.folder / "config"
    (config / "opensearch.yml").write_text(yaml.safe_dump(node_configuration(node), sort_keys=False), encoding="utf-8")
    shutil.copyfile(node.home / "config" / "log4j2.properties", config / "log4j2.properties")


def java_command(node: Node, java: Java) -> list[str]:
    """The command that runs the node; its working folder is the home."""
    scratch = node.folder / "tmp"
    vector = ["--add-modules=jdk.incubator.vector"] if java.has_vector_module else []
    return [
        str(java.program),
        f"-Xms{node.heap_mb}m",
        f"-Xmx{node.heap_mb}m",
        *JVM_FLAGS,
        *vector,
        *node.java_options,
        f"-Djava.io.tmpdir={scratch}",
        f"-Djna.tmpdir={scratch}",
        f"-javaagent:{node.home / 'agent' / 'opensearch-agent.jar'}",
        f"-Dopensearch.path.home={node.home}",
        f"-Dopensearch.path.conf={node.folder / 'config'}",
        "-Dopensearch.distribution.type=zip",
        "-Dopensearch.bundled_jdk=false",
        "-cp",
        f"{node.home}/lib/*",
        "org.opensearch.bootstrap.OpenSearch",
    ]
