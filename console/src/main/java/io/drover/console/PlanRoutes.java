// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.schemas.Brain;
import io.drover.schemas.Inventory;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Sayings;
import io.drover.schemas.WaveId;
import io.drover.schemas.wire.Json;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The commands to plans and waves. */
final class PlanRoutes {
  static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Settings of which null says something; of the others it says: as usual. */
  private static final Set<String> OPTIONAL =
      Arrays.stream(PlanSettings.class.getRecordComponents())
          .filter(each -> each.getAnnotatedType().isAnnotationPresent(Nullable.class))
          .map(RecordComponent::getName)
          .collect(Collectors.toSet());

  /** Takes words as drover.yaml has them, too. */
  private static final JsonMapper READER =
      Json.mapper().rebuild().enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS).build();

  private final Answers answers;
  private final Herd herd;
  private final PlanSettings defaults;

  PlanRoutes(Answers answers, Herd herd, PlanSettings defaults) {
    this.answers = answers;
    this.herd = herd;
    this.defaults = defaults;
  }

  void addTo(Router router) {
    router.post("/api/v1/plans/:plan").blockingHandler(this::propose, false);
    router
        .post("/api/v1/plans/:plan/replan")
        .blockingHandler(
            context -> {
              PlanId plan = plan(context);
              answer(context, plan.value(), new PlanMessage.ReplanPlan(plan));
            },
            false);
    router.post("/api/v1/plans/:plan/edit").blockingHandler(this::edit, false);
    onWave(
        router,
        "approve",
        (wave, body) -> new PlanMessage.ApproveWave(wave, number(body, "planVersion")));
    onWave(
        router,
        "start",
        (wave, body) -> new PlanMessage.ReleaseWave(wave, number(body, "planVersion")));
    onWave(router, "pause", (wave, body) -> new PlanMessage.PauseWave(wave, reason(body)));
    onWave(router, "resume", (wave, body) -> new PlanMessage.ResumeWave(wave));
    onWave(router, "cancel", (wave, body) -> new PlanMessage.CancelWave(wave, reason(body)));
    onWave(router, "rollback", (wave, body) -> new PlanMessage.RollBackWave(wave, reason(body)));
    onWave(router, "commit", (wave, body) -> new PlanMessage.CommitWave(wave));
  }

  /** What a plan is asked for by; what is left out is as usual. */
  private record Wish(
      @Nullable List<String> vcenters,
      @Nullable List<String> select,
      @Nullable Integer waveSize,
      @Nullable ObjectNode settings,
      @Nullable Long seed,
      @Nullable JsonNode said) {
    Wish {
      vcenters = vcenters == null ? null : List.copyOf(vcenters);
      select = select == null ? null : List.copyOf(select);
    }
  }

  private void propose(RoutingContext context) {
    PlanId plan = plan(context);
    Wish wish = strict(Console.body(context), Wish.class, "part of a proposal");
    ObjectNode settings = Json.mapper().valueToTree(defaults);
    if (wish.settings() != null) {
      for (var said : wish.settings().properties()) {
        if (!said.getValue().isNull() || OPTIONAL.contains(said.getKey())) {
          settings.set(said.getKey(), said.getValue());
        }
      }
    }
    PlanMessage.PlanRequest request =
        new PlanMessage.PlanRequest(
            or(wish.vcenters(), List.of()),
            or(wish.select(), List.of()),
            or(wish.waveSize(), 10),
            strict(settings, PlanSettings.class, "plan setting"),
            or(wish.seed(), 1L),
            wish.said() == null || wish.said().isNull()
                ? null
                : strict(wish.said(), Sayings.class, "part of 'said'"));
    if (defaults.fourEyes() && !request.settings().fourEyes()) {
      throw new Refusal(
          400,
          "Expected fourEyes to stay on, but this plan turns it off: who plans must not say who"
              + " approves. plan.fourEyes in drover.yaml turns it off for all.");
    }
    String fault = request.settings().fault();
    if (fault != null) {
      throw new Refusal(400, "Expected a plan that can be carried out, but " + fault + ".");
    }
    Sayings.Capacity capacity = request.sayings().capacity();
    String amount = capacity == null ? null : capacity.fault();
    if (amount != null) {
      throw new Refusal(
          400, "Expected a capacity with which machines can move, but " + amount + ".");
    }
    if (request.waveSize() < 1) {
      throw new Refusal(
          400, "Expected a waveSize of at least 1, but got " + request.waveSize() + ".");
    }
    meansSomething(plan, request);
    answer(context, plan.value(), new PlanMessage.ProposePlan(plan, request));
  }

  /** A proposal replaces the one that stands, which must not go for a word that is misspelt. */
  private void meansSomething(PlanId plan, PlanMessage.PlanRequest request) {
    List<Inventory.Vm> known =
        herd.inventory().stream()
            .filter(Inventory.Vm.class::isInstance)
            .map(Inventory.Vm.class::cast)
            .toList();
    if (!known.isEmpty() && known.stream().noneMatch(request::means)) {
      throw new Refusal(
          400,
          "Expected to propose plan "
              + plan
              + ", but of the "
              + known.size()
              + " VMs that are inventoried so far none is in its scope. 'drover inventory' shows"
              + " them; what stands of the plan is as it was.");
    }
  }

  private void edit(RoutingContext context) {
    PlanId plan = plan(context);
    JsonNode body = Console.body(context);
    var rows = new ArrayList<PlanMessage.EditedRow>();
    for (JsonNode row : body.path("rows")) {
      rows.add(
          new PlanMessage.EditedRow(
              row.path("row").asInt(rows.size() + 1),
              row.path("id").asText(),
              row.path("name").asText(),
              row.path("wave").asText(),
              row.path("copy").asText(),
              row.path("cutover").asText()));
    }
    if (rows.isEmpty()) {
      throw new Refusal(400, "Expected the rows of an edited plan, but got none.");
    }
    answer(
        context, plan.value(), new PlanMessage.EditPlan(plan, number(body, "planVersion"), rows));
  }

  private static PlanId plan(RoutingContext context) {
    PlanId plan = new PlanId(context.pathParam("plan"));
    if (!plan.value().matches("[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")) {
      throw new Refusal(
          400,
          "Expected a plan name of lower-case letters, digits and '-', at most 40, but got '"
              + plan
              + "'.");
    }
    return plan;
  }

  private static <T> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }

  /** To the last key: one that nobody reads would be a wish that nobody grants. */
  static <T> T strict(JsonNode json, Class<T> type, String each) {
    if (json.isNull() || json.isMissingNode()) {
      throw new Refusal(
          400, "A " + each + " cannot be read: it is " + (json.isNull() ? "null." : "blank."));
    }
    try {
      return READER
          .readerFor(type)
          .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .treeToValue(json, type);
    } catch (UnrecognizedPropertyException e) {
      throw new Refusal(
          400,
          "There is no "
              + each
              + " '"
              + path(e)
              + "'; known are "
              + e.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList()
              + ".");
    } catch (InvalidFormatException e) {
      Object[] words = e.getTargetType().getEnumConstants();
      throw new Refusal(
          400,
          "A "
              + each
              + ", '"
              + path(e)
              + "', cannot be read: "
              + (words == null
                  ? e.getOriginalMessage()
                  : "expected one of "
                      + Arrays.stream(words)
                          .map(word -> word.toString().toLowerCase(Locale.ROOT))
                          .toList()
                      + ", but got '"
                      + e.getValue()
                      + "'."));
    } catch (JsonProcessingException e) {
      String at = e instanceof JsonMappingException wrong ? path(wrong) : "";
      throw new Refusal(
          400,
          "A "
              + each
              + (at.isEmpty() ? "" : ", '" + at + "',")
              + " cannot be read: "
              + e.getOriginalMessage());
    }
  }

  private static String path(JsonMappingException e) {
    return e.getPath().stream()
        .map(at -> at.getFieldName() == null ? "[]" : at.getFieldName())
        .collect(Collectors.joining("."));
  }

  private void onWave(
      Router router, String verb, BiFunction<WaveId, JsonNode, PlanMessage> command) {
    router
        .post("/api/v1/waves/:plan/:number/" + verb)
        .blockingHandler(
            context -> {
              WaveId wave = wave(context);
              answer(context, wave.plan().value(), command.apply(wave, Console.body(context)));
            },
            false);
  }

  private void answer(RoutingContext context, String key, PlanMessage command) {
    try {
      reply(context, answers.ask(Brain.PLAN, key, command, Console.actor(context), PATIENCE));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(503, "The console is going down.");
    }
  }

  /** 409 with the refusal's words, 200 with the facts, or 202 when nothing was decided in time. */
  static void reply(RoutingContext context, List<FactRow> facts) {
    facts.stream()
        .filter(FactRow::refusal)
        .findFirst()
        .ifPresent(row -> {
          throw new Refusal(409, row.refusalText());
        });
    Console.send(context, facts.isEmpty() ? 202 : 200, facts);
  }

  static WaveId wave(RoutingContext context) {
    String number = context.pathParam("number");
    if (!number.matches("[0-9]{1,6}")) {
      throw new Refusal(400, "Expected a wave as plan/number, but got '" + number + "'.");
    }
    return new WaveId(context.pathParam("plan") + "/" + number);
  }

  static String reason(JsonNode body) {
    String reason = body.path("reason").asText().strip();
    if (reason.isEmpty()) {
      throw new Refusal(400, "Expected a reason, but got none: it stays in the journal.");
    }
    return reason;
  }

  static int number(JsonNode body, String name) {
    if (!body.path(name).canConvertToInt() || body.path(name).asInt() < 1) {
      throw new Refusal(
          400, "Expected " + name + ", the version of the plan that was looked at, but got none.");
    }
    return body.path(name).asInt();
  }
}
