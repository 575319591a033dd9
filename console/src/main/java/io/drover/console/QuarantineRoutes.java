// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.Brain;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;

/** What waits in quarantine, and the two ways to let it out. */
final class QuarantineRoutes {
  private final Answers answers;
  private final Herd herd;

  QuarantineRoutes(Answers answers, Herd herd) {
    this.answers = answers;
    this.herd = herd;
  }

  void addTo(Router router) {
    router
        .get("/api/v1/quarantine")
        .handler(context -> Console.send(context, 200, herd.quarantine()));
    router
        .post("/api/v1/quarantine/retry")
        .blockingHandler(context -> release(context, false), false);
    router
        .post("/api/v1/quarantine/skip")
        .blockingHandler(context -> release(context, true), false);
  }

  private void release(RoutingContext context, boolean skip) {
    var body = Console.body(context);
    String name = body.path("brain").asText();
    String key = body.path("key").asText();
    Brain brain =
        Arrays.stream(Brain.values())
            .filter(one -> one.entity().equals(name))
            .findFirst()
            .orElseThrow(() ->
                new Refusal(
                    400,
                    "Expected brain to be one of "
                        + Arrays.stream(Brain.values()).map(Brain::entity).toList()
                        + ", but got '"
                        + name
                        + "'."));
    if (herd.quarantine().stream().noneMatch(q -> q.brain().equals(name) && q.key().equals(key))) {
      throw new Refusal(
          409,
          "Expected to let a key out of quarantine, but '" + key + "' of " + name + " is not in.");
    }
    try {
      answers.release(brain, key, skip, Console.actor(context));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(503, "The console is going down.");
    }
    Console.send(context, 202, herd.quarantine());
  }
}
