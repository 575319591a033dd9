// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.HoldExit;
import io.drover.schemas.Inventory;
import io.drover.schemas.Message;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationStatus;
import io.drover.schemas.VmKey;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The commands to single journeys, and the emergency stop. */
final class JourneyRoutes {
  private final Answers answers;
  private final Herd herd;

  JourneyRoutes(Answers answers, Herd herd) {
    this.answers = answers;
    this.herd = herd;
  }

  void addTo(Router router) {
    onVm(
        router,
        "pause",
        (m, body) -> new MigrationMessage.PauseMigration(m, PlanRoutes.reason(body)));
    onVm(router, "resume", (m, body) -> new MigrationMessage.ResumeMigration(m));
    onVm(
        router,
        "cancel",
        (m, body) -> new MigrationMessage.CancelMigration(m, PlanRoutes.reason(body)));
    onVm(
        router,
        "rollback",
        (m, body) -> new MigrationMessage.RollBackMigration(m, PlanRoutes.reason(body)));
    onVm(router, "commit", (m, body) -> new MigrationMessage.CommitMigration(m));
    onVm(
        router,
        "approve",
        (m, body) ->
            new MigrationMessage.ApproveCutover(m, PlanRoutes.number(body, "planVersion")));
    onVm(router, "retry", (m, body) -> new MigrationMessage.RetryMigration(m));
    onVm(
        router,
        "resolve",
        (m, body) -> new MigrationMessage.ResolveHold(m, exit(body), PlanRoutes.reason(body)));
    router
        .post("/api/v1/stop")
        .blockingHandler(context -> everyVCenter(context, reasonOf(context)), false);
    router
        .post("/api/v1/stop/lift")
        .blockingHandler(context -> everyVCenter(context, new DispatchMessage.LiftStop()), false);
  }

  private static DispatchMessage reasonOf(RoutingContext context) {
    return new DispatchMessage.StopAll(PlanRoutes.reason(Console.body(context)));
  }

  private void onVm(
      Router router, String verb, BiFunction<MigrationId, JsonNode, MigrationMessage> command) {
    router
        .post("/api/v1/migrations/:vcenter/:vm/" + verb)
        .blockingHandler(
            context -> {
              VmKey vm = vm(context);
              MigrationStatus status = herd.migration(vm.toString());
              if (status == null) {
                throw new Refusal(
                    404, "There is no journey of VM " + vm + "; see 'drover vm list'.");
              }
              Message message = command.apply(status.migration(), Console.body(context));
              try {
                PlanRoutes.reply(
                    context,
                    answers.ask(
                        Brain.MIGRATION,
                        vm.toString(),
                        message,
                        Console.actor(context),
                        PlanRoutes.PATIENCE));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Refusal(503, "The console is going down.");
              }
            },
            false);
  }

  /**
   * What became of a stop, or of its lifting, at one vCenter.
   *
   * @param vcenter instance UUID
   * @param confirmed whether the owner of its slots said that it is so
   * @param why what is known where it is not confirmed
   */
  record Stopped(String vcenter, boolean confirmed, @Nullable String why) {}

  /**
   * Tells every vCenter that is inventoried or has a journey, all at once: one that does not answer
   * keeps no other waiting.
   */
  private void everyVCenter(RoutingContext context, DispatchMessage message) {
    var vcenters = new TreeSet<String>();
    herd.inventory().stream()
        .filter(Inventory.VCenter.class::isInstance)
        .forEach(entity -> vcenters.add(((Inventory.VCenter) entity).id()));
    herd.migrations().forEach(migration -> vcenters.add(migration.vm().vcenter()));
    if (vcenters.isEmpty()) {
      throw new Refusal(409, "Expected at least one inventoried vCenter, but there is none yet.");
    }
    Actor by = Console.actor(context);
    var told = new ArrayList<Future<Stopped>>();
    try (var all = Executors.newVirtualThreadPerTaskExecutor()) {
      vcenters.forEach(vcenter -> told.add(all.submit(() -> tell(vcenter, message, by))));
    }
    List<Stopped> outcomes = told.stream().map(Future::resultNow).toList();
    Console.send(context, outcomes.stream().allMatch(Stopped::confirmed) ? 200 : 207, outcomes);
  }

  private Stopped tell(String vcenter, DispatchMessage message, Actor by) {
    boolean wanted = message instanceof DispatchMessage.StopAll;
    try {
      boolean answered =
          !answers.ask(Brain.DISPATCH, vcenter, message, by, PlanRoutes.PATIENCE).isEmpty();
      // Who asks for what is so already gets no fact.
      return answered || herd.stopped(vcenter) == wanted
          ? new Stopped(vcenter, true, null)
          : new Stopped(
              vcenter,
              false,
              "The command is in its inbox, but no executor confirmed it within "
                  + PlanRoutes.PATIENCE.toSeconds()
                  + " s: see that one runs.");
    } catch (Refusal e) {
      return new Stopped(vcenter, false, e.text());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Stopped(vcenter, false, "The console is going down.");
    }
  }

  static VmKey vm(RoutingContext context) {
    return new VmKey(context.pathParam("vcenter"), context.pathParam("vm"));
  }

  private static HoldExit exit(JsonNode body) {
    String said = body.path("exit").asText();
    return Arrays.stream(HoldExit.values())
        .filter(exit -> word(exit).equalsIgnoreCase(said.replace('_', '-')))
        .findFirst()
        .orElseThrow(() ->
            new Refusal(
                400,
                "Expected exit to be one of "
                    + Arrays.stream(HoldExit.values())
                        .map(JourneyRoutes::word)
                        .collect(Collectors.joining(", "))
                    + ", but got '"
                    + said
                    + "'."));
  }

  /** As people write it. */
  private static String word(HoldExit exit) {
    return exit.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
