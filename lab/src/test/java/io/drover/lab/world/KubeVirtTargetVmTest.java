// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.engine.Outcome;
import io.drover.engine.StopSignal;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationHand;
import io.drover.executor.Patience;
import io.drover.executor.TargetVm;
import io.drover.executor.TargetVm.Holds;
import io.drover.executor.TargetVm.Rung;
import io.drover.executor.Trouble;
import io.drover.executor.VolumeNames;
import io.drover.executor.kubevirt.KubeVirtSettings;
import io.drover.executor.kubevirt.KubeVirtTargetVm;
import io.drover.executor.kubevirt.Reach;
import io.drover.lab.cluster.api.AccessRule;
import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.api.LabUser;
import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.schemas.Evidence;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.http.Interceptor.RequestTags;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The suite against the lab's API server. */
class KubeVirtTargetVmTest extends KubeVirtTargetVmSuite {
  @TempDir private static Path folder;
  private static LabApiServer server;
  private static LabCluster cluster;

  private final ModelSourceVm source =
      new ModelSourceVm(
          new World(Instant::now, (delay, what) -> what.run(), line -> {}, Mischief.NONE));

  @BeforeAll
  static void start() throws Exception {
    server = LabApiServer.start(LabApiServer.Options.standard());
    LabClusterFixtures.apply(
        server.url().toString(), server.caPem(), server.adminToken(), List.of(NAMESPACE));
    cluster = LabCluster.behind(server, options(folder));
    server.addUser(LabUser.limited(USER, "mover-token"));
    server.addUser(LabUser.limited("nobody", "nothing-token"));
    connect(cluster, config(server.adminToken()), config("mover-token"));
    try (var admin =
        new KubernetesClientBuilder().withConfig(config(server.adminToken())).build()) {
      admin
          .resource(
              """
              apiVersion: storage.k8s.io/v1
              kind: StorageClass
              metadata: {name: no-snapshots}
              provisioner: plain.example.com
              """)
          .create();
      admin
          .resource(
              """
              apiVersion: kubevirt.io/v1
              kind: VirtualMachine
              metadata: {name: taken, namespace: %s}
              spec:
                runStrategy: Halted
                template: {spec: {domain: {devices: {}}}}
              """
                  .formatted(NAMESPACE))
          .create();
    }
  }

  @BeforeEach
  void aSource() {
    var _ = source.add(spec.source());
  }

  private static Config config(String token) {
    return new ConfigBuilder()
        .withMasterUrl(server.url().toString())
        .withCaCertData(
            Base64.getEncoder().encodeToString(server.caPem().getBytes(StandardCharsets.UTF_8)))
        .withOauthToken(token)
        .build();
  }

  @Test
  void a_guest_that_is_not_shown_is_no_reason_to_bring_a_healthy_vm_back() throws Exception {
    var sees = List.of("virtualmachines", "virtualmachineinstances");
    server.addUser(
        LabUser.limited(
            "blind", "blind-token", AccessRule.everywhere("kubevirt.io", sees, List.of("get"))));
    MigrationSpec agent = withAgent();
    String uid = uid(running());

    try (var client = new KubernetesClientBuilder().withConfig(config("blind-token")).build()) {
      var blind = new KubeVirtTargetVm(client, settings(cluster));
      List<Rung> rungs =
          until(
              () -> blind.health(agent, uid),
              all -> all.stream().allMatch(rung -> rung.holds() == Holds.YES));

      assertThat(rungs).contains(new Rung("hostname", Holds.YES, "not shown to Drover's account"));
    }
  }

  /** It rebooted between two looks, as guests do after a conversion: that is no failed cutover. */
  @Test
  void a_guest_whose_agent_is_gone_again_is_waited_for() throws Exception {
    MigrationSpec agent = withAgent();
    String uid = uid(running());
    var _ =
        until(
            () -> port().health(agent, uid),
            all -> all.stream().allMatch(rung -> rung.holds() == Holds.YES));

    try (var client =
        client(request -> request.replace("/guestosinfo", "-that-is-none/guestosinfo"))) {
      var port = new KubeVirtTargetVm(client, settings(cluster));

      assertThat(port.health(agent, uid))
          .contains(new Rung("hostname", Holds.NOT_YET, "the guest has not said its name"));
    }
  }

  /** A namespace may have thousands of them, and a target is looked at every few seconds. */
  @Test
  void a_look_at_a_target_that_runs_reads_no_pods_of_others() throws Exception {
    var _ = running();
    var asked = new CopyOnWriteArrayList<String>();

    try (var client =
        client(request -> {
          asked.add(request);
          return request;
        })) {
      assertThat(new KubeVirtTargetVm(client, settings(cluster)).look(spec).running()).isTrue();
    }

    assertThat(asked)
        .filteredOn(request -> request.contains("/pods"))
        .singleElement()
        .asString()
        .contains("vm.kubevirt.io%2Fname%3D" + spec.target().name());
  }

  /** Labels and annotations go along with a clone, and with what a backup is restored to. */
  @Test
  void a_clone_of_a_target_is_nobodys_leftover() throws Exception {
    var _ = defined();
    String clone = spec.target().name() + "-clone";
    try (var admin =
        new KubernetesClientBuilder().withConfig(config(server.adminToken())).build()) {
      var machines =
          admin
              .genericKubernetesResources("kubevirt.io/v1", "VirtualMachine")
              .inNamespace(NAMESPACE);
      var made = machines.withName(spec.target().name()).require();
      made.setMetadata(
          new ObjectMetaBuilder()
              .withName(clone)
              .withLabels(made.getMetadata().getLabels())
              .withAnnotations(made.getMetadata().getAnnotations())
              .build());
      var _ = machines.resource(made).create();
      var claims = admin.persistentVolumeClaims().inNamespace(NAMESPACE);
      var _ =
          claims
              .resource(
                  new PersistentVolumeClaimBuilder()
                      .withMetadata(
                          new ObjectMetaBuilder(made.getMetadata())
                              .withName("restore-" + clone)
                              .build())
                      .withNewSpec()
                      .withAccessModes("ReadWriteOnce")
                      .withNewResources()
                      .addToRequests("storage", new Quantity("1Mi"))
                      .endResources()
                      .endSpec()
                      .build())
              .create();

      port().sweep(spec);

      assertThat(until(() -> port().remains(spec), List::isEmpty)).isEmpty();
      assertThat(until(() -> port().look(spec).uid() == null, gone -> gone)).isTrue();
      assertThat(machines.withName(clone).get()).isNotNull();
      assertThat(claims.withName("restore-" + clone).get().getMetadata().getDeletionTimestamp())
          .isNull();
    }
  }

  /** A policy of the cluster may take new claims, and none that come from a snapshot. */
  @Test
  void a_preflight_asks_for_the_volumes_of_a_conversion_that_failed() {
    var asked = new CopyOnWriteArrayList<String>();
    try (var client =
        client((before, request) -> {
          String body = request.bodyString();
          if (request.uri().toString().contains("dryRun=All") && body != null) {
            asked.add(body);
          }
        })) {
      new KubeVirtTargetVm(client, settings(cluster)).preflight(spec);
    }

    assertThat(asked)
        .filteredOn(body -> body.contains("\"dataSource\""))
        .hasSize(spec.source().disks().size())
        .allSatisfy(body -> assertThat(body).contains("PersistentVolumeClaim", storageClass()))
        .zipSatisfy(
            VolumeNames.all(spec, 1).values(), (body, name) -> assertThat(body).contains(name));
  }

  /** A client that asks for another path than it was told to. */
  private static KubernetesClient client(UnaryOperator<String> asking) {
    return client(
        (before, request) -> before.uri(URI.create(asking.apply(request.uri().toString()))));
  }

  /** A client of whose requests one hears. */
  private static KubernetesClient client(BiConsumer<BasicBuilder, HttpRequest> heard) {
    return new KubernetesClientBuilder()
        .withConfig(config(server.adminToken()))
        .withHttpClientBuilderConsumer(builder ->
            builder.addOrReplaceInterceptor(
                "asking",
                new Interceptor() {
                  @Override
                  public void before(BasicBuilder before, HttpRequest request, RequestTags tags) {
                    heard.accept(before, request);
                  }
                }))
        .build();
  }

  @ParameterizedTest
  @MethodSource("io.drover.lab.world.Refusals#all")
  void a_preflight_names_what_is_wrong_and_what_to_do(Refusals.Refusal refusal) {
    var draft = new Refusals.Draft();
    refusal.wrong().accept(draft);

    String token = draft.rights ? server.adminToken() : "nothing-token";
    try (var client = new KubernetesClientBuilder().withConfig(config(token)).build()) {
      var port =
          new KubeVirtTargetVm(client, new KubeVirtSettings(draft.image, null, Reach.direct()));
      assertThatThrownBy(() -> port.preflight(draft.spec()))
          .isInstanceOfSatisfying(
              Trouble.class,
              trouble -> {
                Problem problem = trouble.problem();
                assertThat(problem.code()).isEqualTo(refusal.code());
                assertThat(problem.kind()).isEqualTo(Problem.Kind.REFUSED);
                assertThat(problem.what()).contains(refusal.what().replace("'", ""));
                assertThat(problem.remedy()).contains(refusal.remedy());
              });
    }
  }

  @Test
  void every_refusal_of_a_preflight_is_in_the_table() throws Exception {
    var known = Refusals.all().map(Refusals.Refusal::code).collect(Collectors.toSet());
    Path source = Path.of("../executor/src/main/java/io/drover/executor/kubevirt");
    for (String file : List.of("Preflight.java", "Carried.java")) {
      var refused =
          Pattern.compile("Trouble\\.refused\\(\\s*\"([a-z-]+)\"")
              .matcher(Files.readString(source.resolve(file)))
              .results()
              .map(found -> found.group(1))
              .toList();
      assertThat(refused).isNotEmpty().isSubsetOf(known);
    }
  }

  /** What came late, after an earlier migration of the VM was rolled back, is told from others'. */
  @Test
  void what_an_earlier_migration_of_the_same_vm_left_is_named() throws Exception {
    var _ = defined();
    String name = spec.target().name();

    assertThatThrownBy(() -> port().preflight(spec("later-" + name, name)))
        .isInstanceOfSatisfying(
            Trouble.class,
            trouble -> {
              assertThat(trouble.problem().code()).isEqualTo("target-name-taken");
              assertThat(trouble.problem().what())
                  .endsWith("exists already, halted, of migration " + spec.id() + ".");
            });
  }

  @Test
  void a_target_that_fits_on_no_node_is_told_in_the_schedulers_words() throws Exception {
    String uid = uid(defined());
    strike(Fault.What.UNSCHEDULABLE);

    Problem problem =
        problem(
            new MigrationEffect.EnsureTargetStarted(spec, uid, locked()),
            () -> port().look(spec).status().startsWith("ErrorUnschedulable"));

    assertThat(problem.code()).isEqualTo("target-not-observed");
    assertThat(problem.kind()).isEqualTo(Problem.Kind.TRANSIENT);
    assertThat(problem.what())
        .isEqualTo(
            "Waited 300 s for herd/"
                + spec.target().name()
                + " running, but it is ErrorUnschedulable (0/3 nodes are available: 3 Insufficient"
                + " memory.).");
  }

  @Test
  void a_guest_that_never_boots_is_told_by_the_rung_that_it_does_not_climb() throws Exception {
    strike(Fault.What.GUEST_NEVER_BOOTS);
    String uid = uid(running());

    Problem problem =
        problem(
            new MigrationEffect.EnsureTargetHealthy(withAgent(), uid),
            () -> port().health(spec, uid).stream().allMatch(rung -> rung.holds() == Holds.YES));

    assertThat(problem.code()).isEqualTo("target-unhealthy");
    assertThat(problem.kind()).isEqualTo(Problem.Kind.REFUSED);
    assertThat(problem.what()).contains("guest-agent, the guest agent has not connected");
    assertThat(problem.remedy()).isEqualTo("Find out why in the guest before it moves again.");
  }

  @Test
  void a_guest_that_does_not_listen_is_brought_down_all_the_same() throws Exception {
    var _ = running();
    strike(Fault.What.GUEST_NEVER_STOPS);
    MigrationSpec hasty = with(Duration.ofMillis(200), spec.policy().agentExpected());
    var stop = new MigrationEffect.EnsureTargetStopped(hasty, null);

    Outcome<Evidence> outcome = ensure(stop, Patience.real());

    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    assertThat(port().look(spec).silent()).isTrue();
  }

  @Test
  void a_target_on_a_lost_node_is_not_taken_for_stopped() throws Exception {
    String instance = String.valueOf(running().instance());
    String node = instance.substring(instance.indexOf('@') + 1);
    String fault = cluster.faults().add(Fault.on(Fault.What.NODE_LOST, "", node));
    var stop = new MigrationEffect.EnsureTargetStopped(spec, null);

    Problem problem = problem(stop, () -> port().look(spec).halted());

    assertThat(problem.code()).isEqualTo("target-lingers");
    assertThat(problem.what())
        .startsWith("VirtualMachine herd/" + spec.target().name() + " was told to stop, but it is ")
        .contains(" and has instance ", node, "pod virt-launcher-");
    assertThat(problem.remedy()).contains("cut it off");
    assertThat(port().look(spec).silent()).isFalse();
    cluster.faults().remove(fault);
    assertThat(ensure(stop, Patience.real())).isInstanceOf(Outcome.Done.class);
  }

  @Test
  void a_soaking_target_whose_node_is_lost_ails_until_the_node_is_back() throws Exception {
    var _ = locked();
    TargetVm.Sight seen = running();
    String instance = String.valueOf(seen.instance());
    var healthy =
        (Evidence.TargetHealthy)
            done(
                ensure(
                    new MigrationEffect.EnsureTargetHealthy(withAgent(), uid(seen)),
                    Patience.real()));
    var watch = new MigrationEffect.EnsureSoakWatched(spec, uid(seen), healthy.rungs());

    String fault =
        cluster
            .faults()
            .add(Fault.on(Fault.What.NODE_LOST, "", instance.substring(instance.indexOf('@') + 1)));

    assertThat(until(() -> ailing(watch), Objects::nonNull).what())
        .contains(
            "is not as healthy as when its soak began: instance-ready, phase Running, node is not"
                + " ready");
    // What a person accepted as it was is not held against it later.
    assertThat(ailing(new MigrationEffect.EnsureSoakWatched(spec, uid(seen), List.of("accepted"))))
        .isNull();
    cluster.faults().remove(fault);
    var _ = until(() -> Optional.ofNullable(ailing(watch)), Optional::isEmpty);
  }

  private @Nullable Problem ailing(MigrationEffect.EnsureSoakWatched watch) {
    return ((Evidence.LossMeasured) done(ensure(watch, Patience.real()))).problem();
  }

  /** The source stands as a journey leaves it before its target starts. */
  private MigrationEffect.EnsureSourceLocked locked() {
    var effect = Orders.locked(spec, e -> done(ensure(e, Patience.real())));
    var _ = done(ensure(effect, Patience.real()));
    return effect;
  }

  private static Evidence done(Outcome<Evidence> outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done<Evidence>) outcome).evidence();
  }

  private String strike(Fault.What what) {
    return cluster.faults().add(Fault.on(what, NAMESPACE, spec.target().name()));
  }

  private Outcome<Evidence> ensure(MigrationEffect effect, Patience patience) {
    return new MigrationHand(source, port(), patience).ensure(Orders.order(effect, 7));
  }

  /** What a hand says whose patience ends once the world is so far. */
  private Problem problem(MigrationEffect effect, BooleanSupplier soFar) {
    var ends =
        new Patience() {
          @Override
          public Instant now() {
            return Instant.now();
          }

          @Override
          public void pause(Duration time, StopSignal stop) {}

          @Override
          public <T> @Nullable T until(
              Supplier<@Nullable T> look, Duration budget, StopSignal stop) {
            T seen = look.get();
            if (seen == null) {
              try {
                var _ = TargetVmContract.until(soFar::getAsBoolean, Boolean::booleanValue);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              seen = look.get();
            }
            return seen;
          }
        };
    Outcome<Evidence> outcome = ensure(effect, ends);
    assertThat(outcome).isInstanceOf(Outcome.Failed.class);
    Problem problem = ((Outcome.Failed<Evidence>) outcome).problem();
    // The cluster may write between a look and a change; then it is tried again, as a brain does.
    return problem.code().equals("target-changed-meanwhile") ? problem(effect, soFar) : problem;
  }

  @AfterEach
  void nothingGoesWrongAnyMore() {
    cluster.faults().clear();
  }

  /** The same, with the agent expected in the guest. */
  private MigrationSpec withAgent() {
    return with(spec.policy().shutdownGrace(), true);
  }

  private MigrationSpec with(Duration grace, boolean agent) {
    var p = spec.policy();
    return new MigrationSpec(
        spec.id(),
        spec.wave(),
        spec.planVersion(),
        spec.way(),
        spec.transfer(),
        spec.sink(),
        spec.source(),
        spec.target(),
        new MigrationSpec.Policy(
            p.cutoverApproval(),
            null,
            null,
            grace,
            p.hardPowerOff(),
            p.bootBudget(),
            agent,
            p.soak(),
            p.soakEnd(),
            null,
            List.of()));
  }

  @AfterAll
  static void stop() {
    disconnect();
    server.close();
  }
}
