"""A gRPC client that knows nothing but reflection: finds the network check, asks it, and is refused as the protocol says.

    python3 .ci/grpc_client.py HOST:PORT NPI PLAN
"""

import sys

import grpc
from google.protobuf import descriptor_pool, message_factory, json_format
from grpc_reflection.v1alpha import reflection_pb2 as alpha
from grpc_reflection.v1alpha import reflection_pb2_grpc as alpha_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

address, npi, plan = sys.argv[1:4]
channel = grpc.insecure_channel(address)

# Both versions of reflection list the same services. The messages of v1 are those of v1alpha under another name.
listed = {}
for version in ("v1alpha", "v1"):
    call = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=alpha.ServerReflectionRequest.SerializeToString,
        response_deserializer=alpha.ServerReflectionResponse.FromString,
    )
    answer = next(call(iter([alpha.ServerReflectionRequest(list_services="")])))
    listed[version] = sorted(s.name for s in answer.list_services_response.service)
    assert "provider.v1.NetworkStatusService" in listed[version], listed
    assert "grpc.health.v1.Health" in listed[version], listed

# Everything else is learnt from the server.
pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
service = pool.FindServiceByName("provider.v1.NetworkStatusService")
message = lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def call(method, request):
    found = service.methods_by_name[method]
    answer = message_factory.GetMessageClass(found.output_type)
    rpc = channel.unary_unary(
        f"/{service.full_name}/{method}",
        request_serializer=lambda m: m.SerializeToString(),
        response_deserializer=answer.FromString,
    )
    return rpc(request, timeout=10)


Check = message("provider.v1.CheckNetworkRequest")
answer = json_format.MessageToDict(call("CheckNetwork", Check(npi=npi, plan_id=plan)))
assert answer["decision"].startswith("DECISION_"), answer
assert answer["dataVersion"] and answer["ruleVersion"] and answer["reasons"], answer

for bad, code, field in (
    (Check(npi="1234567890", plan_id=plan), grpc.StatusCode.INVALID_ARGUMENT, "npi"),
    (Check(npi=npi), grpc.StatusCode.INVALID_ARGUMENT, "plan_id"),
    (Check(npi=npi, plan_id="no such plan"), grpc.StatusCode.NOT_FOUND, "plan_id"),
):
    try:
        call("CheckNetwork", bad)
        raise SystemExit(f"not refused: {bad}")
    except grpc.RpcError as refused:
        assert refused.code() == code and refused.details().startswith(field), refused

Batch = message("provider.v1.BatchCheckNetworkRequest")
batch = call("BatchCheckNetwork", Batch(checks=[Check(npi=npi, plan_id=plan), Check(npi="1")]))
assert [r.WhichOneof("result") for r in batch.results] == ["answer", "error"], batch

health = pool.FindServiceByName("grpc.health.v1.Health").methods_by_name["Check"]
Asked = message_factory.GetMessageClass(health.input_type)
Said = message_factory.GetMessageClass(health.output_type)
check = channel.unary_unary(
    "/grpc.health.v1.Health/Check",
    request_serializer=lambda m: m.SerializeToString(),
    response_deserializer=Said.FromString,
)
assert check(Asked(), timeout=10).status == 1
print("gRPC by reflection:", answer["decision"], "from", ", ".join(listed["v1"]))
