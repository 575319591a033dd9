// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.schemas.Brain;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.DispatchMessage.Limits;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;

/** How much of a vCenter is moved at once: to be seen, and to be changed while waves run. */
final class LimitsRoutes {
  private static final List<String> NAMES =
      List.of(
          "disksPerHost",
          "disksPerDatastore",
          "disksPerVCenter",
          "disksPerStorageClass",
          "cutovers");

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
    String vcenter = context.pathParam("vcenter");
    Map<String, Limits> known = herd.limits();
    Limits now = known.get(vcenter);
    if (now == null) {
      throw new Refusal(
          404,
          "There is no vCenter '"
              + vcenter
              + "'; known are "
              + String.join(", ", known.keySet())
              + ".");
    }
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
            now.bytesPerSecond());
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
