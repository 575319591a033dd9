// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.schemas.Brain;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Inventory;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How much of a vCenter is moved at once: to be seen, and to be changed while waves run. */
final class LimitsRoutes {
  private static final List<String> NAMES =
      List.of(
          "disksPerHost",
          "disksPerDatastore",
          "disksPerVCenter",
          "disksPerStorageClass",
          "cutovers",
          "bytesPerSecond",
          "hostBytesPerSecond");

  private final Answers answers;
  private final Herd herd;

  LimitsRoutes(Answers answers, Herd herd) {
    this.answers = answers;
    this.herd = herd;
  }

  void addTo(Router router) {
    router.get("/api/v1/limits").handler(context -> Console.send(context, 200, herd.limits()));
    router.post("/api/v1/limits/:vcenter").blockingHandler(this::set, false);
  }

  private void set(RoutingContext context) {
    String vcenter = id(context.pathParam("vcenter"));
    Limits now = herd.limits().getOrDefault(vcenter, Limits.DEFAULT);
    JsonNode body = Console.body(context);
    body.fieldNames()
        .forEachRemaining(name -> {
          if (!NAMES.contains(name)) {
            throw new Refusal(
                400,
                "There is no limit '" + name + "'; known are " + String.join(", ", NAMES) + ".");
          }
        });
    Limits wanted =
        new Limits(
            number(body, "disksPerHost", now.disksPerHost()),
            number(body, "disksPerDatastore", now.disksPerDatastore()),
            number(body, "disksPerVCenter", now.disksPerVCenter()),
            number(body, "disksPerStorageClass", now.disksPerStorageClass()),
            number(body, "cutovers", now.cutovers()),
            bytes(body, "bytesPerSecond", now.bytesPerSecond()),
            bytes(body, "hostBytesPerSecond", now.hostBytesPerSecond()));
    try {
      if (!wanted.equals(now)) {
        var facts =
            answers.ask(
                Brain.DISPATCH,
                vcenter,
                new DispatchMessage.SetLimits(wanted),
                Console.actor(context),
                PlanRoutes.PATIENCE);
        if (facts.isEmpty()) {
          Console.send(context, 202, Map.of(vcenter, wanted));
          return;
        }
      }
      Console.send(context, 200, Map.of(vcenter, wanted));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(503, "The console is going down.");
    }
  }

  /** The instance UUID of the vCenter that is asked for by that, or by its name. */
  private String id(String asked) {
    List<Inventory.VCenter> all = herd.vcenters();
    List<Inventory.VCenter> meant =
        all.stream().filter(each -> each.id().equals(asked) || each.name().equals(asked)).toList();
    if (meant.size() != 1) {
      throw new Refusal(
          meant.isEmpty() ? 404 : 409,
          (meant.isEmpty()
                  ? "There is no vCenter '" + asked + "'; known are "
                  : "Several vCenters are named '" + asked + "', say which by its id: ")
              + (meant.isEmpty() ? all : meant)
                  .stream()
                      .map(each -> each.name() + " (" + each.id() + ")")
                      .collect(Collectors.joining(", "))
              + ".");
    }
    return meant.getFirst().id();
  }

  private static long bytes(JsonNode body, String name, long now) {
    if (!body.has(name)) {
      return now;
    }
    JsonNode value = body.path(name);
    if (!value.canConvertToLong() || !value.isIntegralNumber() || value.asLong() < 0) {
      throw new Refusal(
          400,
          "Expected " + name + " to be bytes a second, or 0 for no cap, but got " + value + ".");
    }
    return value.asLong();
  }

  private static int number(JsonNode body, String name, int now) {
    if (!body.has(name)) {
      return now;
    }
    JsonNode value = body.path(name);
    if (!value.canConvertToInt() || !value.isIntegralNumber() || value.asInt() < 1) {
      throw new Refusal(
          400, "Expected " + name + " to be a number of at least 1, but got " + value + ".");
    }
    return value.asInt();
  }
}
