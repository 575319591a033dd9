// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.console.PlanDocuments.Asked;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;

/** The routes to what is worked out of a plan: pages, tables, reasons, what would be if. */
final class PlanDocumentRoutes {
  private static final String SPREADSHEET =
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

  /** A what-if plans twice, with all cores: more at once would keep the services from theirs. */
  private final Semaphore whatIf = new Semaphore(1);

  private final Herd herd;
  private final PlanDocuments documents;

  PlanDocumentRoutes(Herd herd, PlanDocuments documents) {
    this.herd = herd;
    this.documents = documents;
  }

  void addTo(Router router) {
    get(
        router,
        "report.html",
        (context, plan) -> Console.sendText(context, 200, "text/html", documents.html(plan)));
    get(
        router,
        "plan.xlsx",
        (context, plan) ->
            context
                .response()
                .putHeader("content-type", SPREADSHEET)
                .putHeader("content-disposition", "attachment; filename=\"" + plan.id() + ".xlsx\"")
                .end(Buffer.buffer(documents.xlsx(plan))));
    get(
        router,
        "table.csv",
        (context, plan) ->
            Console.sendText(
                context,
                200,
                "text/csv",
                documents.csv(plan, context.request().getParam("name", "machines"))));
    get(
        router,
        "why",
        (context, plan) ->
            Console.send(context, 200, documents.why(plan, context.request().getParam("vm", ""))));
    router.post("/api/v1/plans/:plan/what-if").blockingHandler(this::whatIf, false);
  }

  private void whatIf(RoutingContext context) {
    var other =
        PlanRoutes.strict(Console.body(context), PlanDocuments.Circumstances.class, "circumstance");
    if (!whatIf.tryAcquire()) {
      throw new Refusal(429, "Another what-if is being worked out: ask again in a minute.");
    }
    try {
      Console.send(context, 200, documents.whatIf(asked(context), other));
    } finally {
      whatIf.release();
    }
  }

  private void get(Router router, String what, BiConsumer<RoutingContext, Asked> answer) {
    // Away from the event loop: a plan of ten thousand VMs takes seconds.
    router
        .get("/api/v1/plans/:plan/" + what)
        .blockingHandler(context -> answer.accept(context, asked(context)), false);
  }

  private Asked asked(RoutingContext context) {
    String id = context.pathParam("plan");
    Plan plan = herd.plan(id);
    PlanRequest request = herd.request(id);
    if (plan == null || request == null) {
      throw new Refusal(404, "There is no plan " + id + "; see 'drover plan list'.");
    }
    if (plan.proposal() == null) {
      throw new Refusal(409, "No version of plan " + id + " stands.");
    }
    return new Asked(id, plan.version(), plan.proposal(), request);
  }
}
