// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.AggregatedApi.Answer;
import io.drover.lab.cluster.api.ResourceType.Trait;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Finds out what a request asks for, whether its user may, and who answers it. Knows the URL space,
 * not the transport.
 */
final class ApiRouter {
  private final ResourceTable table;
  private final LabStore store;
  private final AccessControl access;
  private final ObjectReader reader;
  private final ObjectWriter writer;
  private final Deletion deletion;
  private final Discovery discovery;
  private final Reviews reviews;
  private final LabFaults faults;
  private final Map<String, AggregatedApi> aggregated;
  private final PodLogs logs;
  private final AuditLog audit;

  ApiRouter(Parts parts) {
    this.table = parts.table();
    this.store = parts.store();
    this.access = parts.access();
    this.faults = parts.faults();
    this.aggregated = parts.aggregated();
    this.logs = parts.logs();
    this.audit = parts.audit();
    this.reader = new ObjectReader(store);
    this.writer =
        new ObjectWriter(store, new ObjectRules(store, table, parts.schemas()), parts.now());
    this.deletion = new Deletion(store, parts.now());
    this.discovery = new Discovery(table, aggregated);
    this.reviews = new Reviews(access);
  }

  /** What the router works with. */
  record Parts(
      ResourceTable table,
      LabStore store,
      FieldSchemas schemas,
      AccessControl access,
      LabFaults faults,
      Map<String, AggregatedApi> aggregated,
      PodLogs logs,
      AuditLog audit,
      Timestamps now) {}

  /** What a request leads to. */
  sealed interface Outcome {
    /** A whole document. */
    record Document(Answer answer) implements Outcome {}

    /** A stream of events. */
    record Stream(Watch watch) implements Outcome {}
  }

  /** Answers a request; every refusal is an {@link ApiFailure}. */
  Outcome answer(ApiCall anonymous) {
    String path = anonymous.path();
    if (path.equals("/readyz") || path.equals("/livez") || path.equals("/healthz")) {
      return new Outcome.Document(
          new Answer(200, "text/plain; charset=utf-8", "ok".getBytes(StandardCharsets.UTF_8)));
    }
    ApiCall call = anonymous.by(access.authenticate(anonymous));
    if (path.equals("/lab/faults")) {
      if (!call.who().groups().contains("system:masters")) {
        throw ApiFailure.forbiddenPath(
            "User \""
                + call.who().name()
                + "\" cannot "
                + call.method()
                + " path \""
                + path
                + "\"");
      }
      return document(200, faults.control(call));
    }
    if (call.method().equals("GET")) {
      ObjectNode found =
          discovery.answer(
              path.length() > 1 && path.endsWith("/")
                  ? path.substring(0, path.length() - 1)
                  : path);
      if (found != null) {
        return document(200, found);
      }
    }
    List<String> parts = new ArrayList<>(Arrays.asList(path.substring(1).split("/")));
    boolean core = parts.getFirst().equals("api") && parts.size() > 2;
    if (!core && !(parts.getFirst().equals("apis") && parts.size() > 3)) {
      throw ApiFailure.noSuchPath();
    }
    String group = core ? "" : parts.get(1);
    String version = parts.get(core ? 1 : 2);
    AggregatedApi elsewhere = aggregated.get(group + "/" + version);
    List<String> rest = parts.subList(core ? 2 : 3, parts.size());
    if (elsewhere != null) {
      return new Outcome.Document(forwarded(call, elsewhere, rest));
    }
    return audited(call, target(group, version, rest));
  }

  private Outcome audited(ApiCall call, Target target) {
    String verb = verb(call, target);
    try {
      Outcome outcome = resource(call, target);
      if (outcome instanceof Outcome.Document(Answer answer)) {
        audit.note(call, target, verb, answer.code());
      }
      return outcome;
    } catch (ApiFailure failure) {
      audit.note(call, target, verb, failure.code());
      throw failure;
    }
  }

  private Answer forwarded(ApiCall call, AggregatedApi api, List<String> rest) {
    boolean namespaced = rest.size() > 2 && rest.getFirst().equals("namespaces");
    List<String> own = namespaced ? rest.subList(2, rest.size()) : rest;
    ResourceType type =
        new ResourceType(
            api.group(),
            api.version(),
            own.getFirst(),
            own.getFirst(),
            List.of(),
            namespaced,
            java.util.Set.of());
    Target target =
        new Target(
            type,
            namespaced ? rest.get(1) : "",
            own.size() > 1 ? own.get(1) : "",
            own.size() > 2 ? String.join("/", own.subList(2, own.size())) : "");
    access.authorize(call.who(), target, verb(call, target));
    return api.answer(call);
  }

  private Target target(String group, String version, List<String> rest) {
    boolean namespaced =
        rest.size() > 2
            && rest.getFirst().equals("namespaces")
            && table.find(group, version, rest.get(2)).isPresent();
    List<String> own = namespaced ? rest.subList(2, rest.size()) : rest;
    ResourceType type =
        table.find(group, version, own.getFirst()).orElseThrow(ApiFailure::noSuchPath);
    if (own.size() > 3 || (namespaced && !type.namespaced())) {
      throw ApiFailure.noSuchPath();
    }
    return new Target(
        type,
        namespaced ? rest.get(1) : "",
        own.size() > 1 ? own.get(1) : "",
        own.size() > 2 ? own.get(2) : "");
  }

  private static String verb(ApiCall call, Target target) {
    boolean collection = target.name().isEmpty();
    return switch (call.method()) {
      case "GET" -> call.flag("watch") ? "watch" : collection ? "list" : "get";
      case "POST" -> "create";
      case "PUT" -> "update";
      case "PATCH" -> "patch";
      case "DELETE" -> collection ? "deletecollection" : "delete";
      default -> throw ApiFailure.methodNotAllowed();
    };
  }

  private Outcome resource(ApiCall call, Target target) {
    String verb = verb(call, target);
    access.authorize(call.who(), target, verb);
    ResourceType type = target.type();
    boolean collection = target.name().isEmpty();
    if (type.namespaced()
        && target.namespace().isEmpty()
        && !(collection && call.method().equals("GET"))
        && !type.has(Trait.REVIEW)) {
      throw collection ? ApiFailure.methodNotAllowed() : ApiFailure.noSuchPath();
    }
    if (type.has(Trait.REVIEW)) {
      if (!verb.equals("create") || !collection) {
        throw ApiFailure.methodNotAllowed();
      }
      return document(201, reviews.answer(call, type, body(call)));
    }
    if (!target.subresource().isEmpty()) {
      return subresource(call, target, verb);
    }
    return switch (verb) {
      case "get" -> document(200, reader.get(target));
      case "list" -> document(200, reader.list(call, target));
      case "watch" -> new Outcome.Stream(new Watch(store, target, call));
      case "create" -> {
        if (!collection) {
          throw ApiFailure.methodNotAllowed();
        }
        yield document(201, writer.create(call, target, body(call)));
      }
      case "update" ->
          collection ? refused() : document(200, writer.update(call, target, body(call)));
      case "patch" -> collection ? refused() : patched(call, target);
      case "delete" ->
          document(200, deletion.delete(target, Deletion.Wish.of(call), call.dryRun()));
      case "deletecollection" -> document(200, deleteAll(call, target));
      default -> refused();
    };
  }

  private static Outcome refused() {
    throw ApiFailure.methodNotAllowed();
  }

  private Outcome subresource(ApiCall call, Target target, String verb) {
    if (target.type().qualified().equals("pods")
        && target.subresource().equals("log")
        && verb.equals("get")) {
      reader.get(target);
      String text = logs.read(target.namespace(), target.name(), call.parameter("container"));
      return new Outcome.Document(
          new Answer(200, "text/plain", text.getBytes(StandardCharsets.UTF_8)));
    }
    if (!target.subresource().equals("status") || !target.type().has(Trait.STATUS)) {
      throw ApiFailure.noSuchPath();
    }
    return switch (verb) {
      case "get" -> document(200, reader.get(target));
      case "update" -> document(200, writer.update(call, target, body(call)));
      case "patch" -> patched(call, target);
      default -> refused();
    };
  }

  private Outcome patched(ApiCall call, Target target) {
    return switch (call.mediaType()) {
      case Patch.MERGE -> {
        ObjectNode patch = Json.parse(call.body(), false);
        yield document(
            200,
            writer.patch(
                call,
                target,
                current -> {
                  Patch.merge(current, patch);
                  return current;
                }));
      }
      case Patch.JSON ->
          document(200, writer.patch(call, target, current -> Patch.json(current, call.body())));
      case Patch.STRATEGIC -> {
        if (target.type().has(Trait.CUSTOM)) {
          throw unknownPatch(call, target);
        }
        ObjectNode patch = Json.parse(call.body(), false);
        yield document(200, writer.strategic(call, target, patch));
      }
      case Patch.APPLY -> {
        ObjectWriter.Applied applied = writer.apply(call, target);
        yield document(applied.created() ? 201 : 200, applied.object());
      }
      default -> throw unknownPatch(call, target);
    };
  }

  private static ApiFailure unknownPatch(ApiCall call, Target target) {
    List<String> known = new ArrayList<>(List.of(Patch.JSON, Patch.MERGE, Patch.APPLY));
    if (!target.type().has(Trait.CUSTOM)) {
      known.add(Patch.STRATEGIC);
    }
    return ApiFailure.unsupportedMediaType(call.mediaType(), String.join(", ", known));
  }

  private ObjectNode deleteAll(ApiCall call, Target target) {
    ObjectNode list = reader.list(call, target);
    Deletion.Wish wish = Deletion.Wish.of(call);
    for (var item : list.path("items")) {
      try {
        deletion.delete(
            new Target(target.type(), Json.namespace(item), Json.name(item), ""),
            wish,
            call.dryRun());
      } catch (ApiFailure gone) {
        if (gone.code() != 404) {
          throw gone;
        }
      }
    }
    return list;
  }

  private static ObjectNode body(ApiCall call) {
    return switch (call.mediaType()) {
      case "application/json", "" -> Json.parse(call.body(), false);
      case "application/yaml" -> Json.parse(call.body(), true);
      default ->
          throw ApiFailure.unsupportedMediaType(
              call.mediaType(), "application/json, application/yaml");
    };
  }

  private static Outcome document(int code, ObjectNode object) {
    return new Outcome.Document(Answer.json(code, object));
  }
}
