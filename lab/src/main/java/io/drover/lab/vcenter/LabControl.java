// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.faults.LabFaults;
import io.drover.lab.vcenter.vim.VimFault;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The hand inside for tests in other processes: GET /lab/world, GET/POST/DELETE /lab/faults, POST
 * /lab/act, POST /lab/restart. It asks for no login, because it listens on loopback only and holds
 * nothing but the lab.
 */
final class LabControl implements HttpHandler {
  private static final String PERSON = "VSPHERE.LOCAL\\Somebody";
  private static final Set<String> RULE_FIELDS =
      Set.of(
          "kind",
          "method",
          "entity",
          "probability",
          "count",
          "skip",
          "delayMillis",
          "afterBytes",
          "faultType");

  private final LabVCenter vcenter;
  private final ObjectMapper json = new ObjectMapper();

  LabControl(LabVCenter vcenter) {
    this.vcenter = vcenter;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String what = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
      try {
        JsonNode answer =
            switch (what) {
              case "GET /lab/world" -> LabWorld.of(vcenter.estate(), json);
              case "GET /lab/faults" -> faults();
              case "POST /lab/faults" -> add(read(exchange));
              case "DELETE /lab/faults" -> {
                vcenter.faults().clear();
                yield json.createObjectNode();
              }
              case "POST /lab/act" -> act(read(exchange));
              case "POST /lab/restart" -> {
                vcenter.restart(Duration.ofMillis(read(exchange).path("downMillis").asLong(0)));
                yield json.createObjectNode();
              }
              case "POST /lab/sessions/end" -> {
                vcenter.endAllSessions();
                yield json.createObjectNode();
              }
              default -> throw new NoSuchPath(what);
            };
        LabVCenter.send(exchange, 200, "application/json", json.writeValueAsString(answer));
      } catch (NoSuchPath e) {
        refuse(exchange, 404, "The lab has no " + e.getMessage());
      } catch (JsonProcessingException e) {
        refuse(exchange, 400, "The body is no JSON: " + e.getOriginalMessage());
      } catch (IllegalArgumentException e) {
        refuse(exchange, 400, String.valueOf(e.getMessage()));
      } catch (VimFault e) {
        refuse(exchange, 409, e.type() + ": " + e.getMessage());
      }
    }
  }

  private static final class NoSuchPath extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoSuchPath(String what) {
      super(what);
    }
  }

  private void refuse(HttpExchange exchange, int status, String why) throws IOException {
    LabVCenter.send(
        exchange,
        status,
        "application/json",
        json.writeValueAsString(json.createObjectNode().put("error", why)));
  }

  private ObjectNode read(HttpExchange exchange) throws IOException {
    byte[] body = LabVCenter.body(exchange);
    if (body == null) {
      throw new IllegalArgumentException("The body is too long");
    }
    JsonNode node = body.length == 0 ? json.createObjectNode() : json.readTree(body);
    if (!(node instanceof ObjectNode object)) {
      throw new IllegalArgumentException("Expected a JSON object");
    }
    return object;
  }

  private ArrayNode faults() {
    ArrayNode all = json.createArrayNode();
    for (LabFaults.Standing s : vcenter.faults().standing()) {
      all.addObject()
          .put("id", s.id())
          .put("kind", s.rule().kind().name())
          .put("method", s.rule().method())
          .put("entity", s.rule().entity())
          .put("occasions", s.occasions())
          .put("hits", s.hits());
    }
    return all;
  }

  private ObjectNode add(ObjectNode rule) {
    rule.fieldNames()
        .forEachRemaining(name -> {
          if (!RULE_FIELDS.contains(name)) {
            throw new IllegalArgumentException(
                "A fault rule has no field " + name + "; it has " + RULE_FIELDS);
          }
        });
    String kind = rule.path("kind").asText("");
    LabFaultRule.Kind known =
        Arrays.stream(LabFaultRule.Kind.values())
            .filter(k -> k.name().equals(kind.toUpperCase(Locale.ROOT)))
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "Expected a kind of "
                        + List.of(LabFaultRule.Kind.values())
                        + ", but got '"
                        + kind
                        + "'"));
    int id =
        vcenter
            .faults()
            .add(
                new LabFaultRule(
                    known,
                    rule.path("method").asText("*"),
                    rule.path("entity").asText("*"),
                    rule.path("probability").asDouble(1),
                    rule.path("count").asInt(1),
                    rule.path("skip").asInt(0),
                    Duration.ofMillis(rule.path("delayMillis").asLong(0)),
                    rule.path("afterBytes").asLong(0),
                    rule.hasNonNull("faultType") ? rule.path("faultType").asText() : null));
    return json.createObjectNode().put("id", id);
  }

  /** What somebody at the vSphere client might do in between. */
  private ObjectNode act(ObjectNode what) {
    LabEstate estate = vcenter.estate();
    var vm = estate.vm(what.path("vm").asText());
    switch (what.path("act").asText()) {
      case "powerOn" -> vm.power().on(PERSON);
      case "powerOff" -> vm.power().off(PERSON);
      case "shutdown" -> vm.power().shutdown(PERSON);
      case "snapshot" ->
          vm.snapshots().create("by-hand", "", false, false, "CreateSnapshot_Task", PERSON);
      case "write" -> vm.guest().write();
      default ->
          throw new IllegalArgumentException(
              "Expected an act of powerOn, powerOff, shutdown, snapshot, write, but got '"
                  + what.path("act").asText()
                  + "'");
    }
    return json.createObjectNode().put("vm", vm.ref().value());
  }
}
