// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static io.drover.lab.kafka.Town.ADA;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.executor.DispatchService;
import io.drover.lab.world.Orders;
import io.drover.planner.InventoryView;
import io.drover.planner.PlannerService;
import io.drover.runtime.body.DroverRuntime;
import io.drover.runtime.body.RuntimeConfig;
import io.drover.runtime.kafka.InboxWriter;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.TopicView;
import io.drover.schemas.Brain;
import io.drover.schemas.DispatchFact;
import io.drover.schemas.Fact;
import io.drover.schemas.Inventory;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Proposal;
import io.drover.schemas.Topics;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.wire.Events;
import io.drover.schemas.wire.WireEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A plan that fits no record, from its proposal to the release of all of its waves, with an owner
 * that takes over in between. {@code -Ddrover.large=10000} makes it larger.
 */
class LargePlanIT {
  private static final int VMS = Integer.getInteger("drover.large", 4_000);
  private static final int WAVE = 100;
  private static final PlanId PLAN = new PlanId("large");
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  @TempDir Path directory;
  private final List<Fact> facts = new CopyOnWriteArrayList<>();
  private final List<Integer> sizes = new CopyOnWriteArrayList<>();
  private final List<String> poisoned = new CopyOnWriteArrayList<>();
  private EmbeddedKafka kafka;
  private KafkaSettings settings;
  private TopicView view;
  private InventoryView.Snapshot estate;

  @BeforeEach
  void anEstate() throws Exception {
    kafka = EmbeddedKafka.start(directory, 0);
    settings = KafkaSettings.local(kafka.bootstrap()).withPartitions(1);
    var entities = new ArrayList<Inventory>();
    var versions = new TreeMap<String, Long>();
    for (int i = 0; i < VMS; i++) {
      var vm = Orders.vm(new VmKey("vc-1", "vm-" + i), "vm" + i, 1, 8L << 30);
      entities.add(vm);
      versions.put(vm.key().toString(), 1L);
    }
    entities.add(Orders.gold());
    estate = new InventoryView.Snapshot(entities, versions);
  }

  @AfterEach
  void over() throws Exception {
    if (view != null) {
      view.close();
    }
    kafka.close();
  }

  private DroverRuntime owner(String name) throws Exception {
    var runtime =
        DroverRuntime.start(
            List.of(PlannerService.spec(() -> estate, List.of()), DispatchService.spec()),
            new RuntimeConfig(settings, name, new RuntimeConfig.Health(null, -1)));
    assertThat(runtime.awaitReady(Duration.ofMinutes(2))).isTrue();
    if (view == null) {
      view =
          TopicView.follow(
              settings,
              List.of(Brain.PLAN.facts(), Brain.DISPATCH.facts(), Topics.QUARANTINE),
              this::read);
    }
    return runtime;
  }

  private void read(TopicView.Seen seen) {
    if (seen.topic().equals(Topics.QUARANTINE)) {
      poisoned.add(seen.key() + ": " + seen.headers().get("drover-reason"));
      return;
    }
    var attributes = new HashMap<String, String>();
    seen.headers().forEach((name, value) -> attributes.put(name.replaceFirst("^ce_", ""), value));
    if (Events.types().contains(attributes.getOrDefault("type", ""))) {
      sizes.add(seen.value().length);
      facts.add(Events.decode(new WireEvent(attributes, seen.value())));
    }
  }

  private <T extends Fact> List<T> all(Class<T> type) {
    return facts.stream().filter(type::isInstance).map(type::cast).toList();
  }

  private void eventually(String what, BooleanSupplier so) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!so.getAsBoolean()) {
      assertThat(poisoned).isEmpty();
      assertThat(System.nanoTime()).as(what).isLessThan(until);
      Thread.sleep(100);
    }
  }

  @Test
  void aPlanThatFitsNoRecordIsProposedApprovedAndReleased() throws Exception {
    var waves = new ArrayList<WaveId>();
    try (var people = new InboxWriter(settings)) {
      try (var first = owner("large-1")) {
        people.tell(
            Brain.PLAN, PLAN.value(), new PlanMessage.ProposePlan(PLAN, Requests.herd(WAVE)), ADA);
        eventually("proposed", () -> !all(PlanFact.PlanProposed.class).isEmpty());
        var pieces = new ArrayList<Proposal>();
        all(PlanFact.PlanDrafted.class).forEach(fact -> pieces.add(fact.proposal()));
        pieces.add(all(PlanFact.PlanProposed.class).getFirst().proposal());
        Proposal whole = Proposal.joined(pieces);
        assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isGreaterThan(8 << 20);
        assertThat(whole.waves().stream().mapToInt(wave -> wave.vms().size()).sum()).isEqualTo(VMS);
        assertThat(whole.inventory()).hasSize(VMS);
        whole.waves().forEach(wave -> waves.add(wave.id()));
        people.tell(
            Brain.PLAN, PLAN.value(), new PlanMessage.ApproveWave(waves.getFirst(), 1), ADA);
        eventually("approved", () -> !all(PlanFact.WaveApproved.class).isEmpty());
      }
      // An owner that knows nothing but the topics goes on.
      try (var second = owner("large-2")) {
        for (WaveId wave : waves) {
          people.tell(Brain.PLAN, PLAN.value(), new PlanMessage.ApproveWave(wave, 1), ADA);
          people.tell(Brain.PLAN, PLAN.value(), new PlanMessage.ReleaseWave(wave, 1), ADA);
        }
        eventually("queued", () -> all(DispatchFact.WaveQueued.class).size() == waves.size());
      }
    }
    assertThat(
            all(DispatchFact.WaveQueued.class).stream()
                .mapToInt(queued -> queued.migrations().size())
                .sum())
        .isEqualTo(VMS);
    assertThat(poisoned).isEmpty();
  }
}
