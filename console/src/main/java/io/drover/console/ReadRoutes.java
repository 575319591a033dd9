// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.EntityKey;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationStatus;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The routes that only look. */
final class ReadRoutes {
  private static final int MOST_FACTS = 1_000;

  /** How many older facts a list leaves out, at most. */
  private static final String OLDER = "drover-older";

  private final Herd herd;
  private final EventStream stream;

  ReadRoutes(Herd herd, EventStream stream) {
    this.herd = herd;
    this.stream = stream;
  }

  void addTo(Router router) {
    router.get("/api/v1/inventory").handler(this::inventory);
    router
        .get("/api/v1/plans")
        .handler(
            context -> Console.send(context, 200, herd.plans().stream().map(Plan::line).toList()));
    router
        .get("/api/v1/plans/:plan")
        .handler(context ->
            Console.send(
                context,
                200,
                found(
                    herd.plan(context.pathParam("plan")),
                    "plan " + context.pathParam("plan"),
                    "plan list")));
    router.get("/api/v1/waves").handler(context -> Console.send(context, 200, herd.waves()));
    router
        .get("/api/v1/waves/:plan/:number")
        .handler(context -> {
          String id = PlanRoutes.wave(context).value();
          var wave = found(herd.wave(id), "wave " + id, "wave list");
          Console.send(context, 200, Map.of("wave", wave, "migrations", ofWave(id)));
        });
    router.get("/api/v1/migrations").handler(this::migrations);
    router
        .get("/api/v1/migrations/:vcenter/:vm")
        .handler(context -> {
          String key = JourneyRoutes.vm(context).toString();
          var migration = found(herd.migration(key), "journey of VM " + key, "vm list");
          Console.send(
              context,
              200,
              Map.of(
                  "migration",
                  migration,
                  "facts",
                  herd.facts(key),
                  "progress",
                  herd.progress(key)));
        });
    router.get("/api/v1/facts").handler(this::facts);
    router
        .get("/api/v1/report")
        .handler(context -> Console.send(context, 200, Report.of(wanted(context), Instant.now())));
    router
        .get("/api/v1/report.html")
        .handler(context ->
            Console.sendText(
                context, 200, "text/html", Report.of(wanted(context), Instant.now()).html()));
  }

  private void inventory(RoutingContext context) {
    String kind = context.request().getParam("kind");
    if (kind != null && !EntityKey.KINDS.contains(kind)) {
      throw new Refusal(
          400,
          "There is no kind '"
              + kind
              + "' of things in the inventory; known are "
              + String.join(", ", EntityKey.KINDS)
              + ".");
    }
    Console.send(
        context,
        200,
        herd.inventory().stream()
            .filter(entity -> kind == null || entity.key().kind().equals(kind))
            .map(entity -> Map.of("kind", entity.key().kind(), "entity", (Inventory) entity))
            .toList());
  }

  private void migrations(RoutingContext context) {
    Console.send(context, 200, wanted(context));
  }

  private void facts(RoutingContext context) {
    String type = context.request().getParam("type", "");
    String wave = context.request().getParam("wave", "");
    String key = context.request().getParam("key", "");
    RecentFacts.News found =
        herd.recent()
            .newest(
                row ->
                    row.type().contains(type)
                        && (wave.isEmpty() || wave.equals(row.correlation()))
                        && (key.isEmpty() || key.equals(row.key())),
                MOST_FACTS);
    context.response().putHeader(EventStream.POSITION, stream.id(found.next()));
    context.response().putHeader(OLDER, Long.toString(found.missed()));
    Console.send(context, 200, found.facts());
  }

  private List<MigrationStatus> wanted(RoutingContext context) {
    String wave = context.request().getParam("wave");
    return wave == null ? herd.migrations() : ofWave(wave);
  }

  private List<MigrationStatus> ofWave(String id) {
    return herd.migrations().stream().filter(m -> m.wave().value().equals(id)).toList();
  }

  private static <T> T found(@Nullable T document, String what, String list) {
    if (document == null) {
      throw new Refusal(404, "There is no " + what + "; see 'drover " + list + "'.");
    }
    return document;
  }
}
