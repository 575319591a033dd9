// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static io.drover.lab.kafka.Town.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.drover.engine.Outcome;
import io.drover.lab.cluster.api.LabAuthority;
import io.drover.lab.cluster.api.LabCertificates;
import io.drover.lab.kafka.GuardedKafka.Door;
import io.drover.lab.sim.Toy;
import io.drover.runtime.config.Settings;
import io.drover.runtime.kafka.InboxWriter;
import io.drover.runtime.kafka.KafkaCheck;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.runtime.kafka.TopicView;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kafka as Strimzi guards it: a brain runs end to end through each kind of listener with the rights
 * that docs/kafka.md lists and no others, and what is wrong is said in one sentence, soon.
 */
class KafkaSecurityIT {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final String PASSWORD = "ben \"quotes\" 'n' \\ slashes";
  private static final LabAuthority AUTHORITY = LabAuthority.create();

  @TempDir static Path folder;
  private static GuardedKafka kafka;
  private static Admin admin;

  /** The part of drover.yaml that is about Kafka. */
  record Configuration(KafkaSettings kafka) {}

  @BeforeAll
  static void start() throws Exception {
    kafka = GuardedKafka.start(folder.resolve("kafka"), AUTHORITY, "initial", "s3cret");
    admin = Admin.create(Map.of("bootstrap.servers", kafka.inside()));
    user(GuardedKafka.USER, PASSWORD);
    write("ca.pem", AUTHORITY.pem());
    write("other-ca.pem", LabAuthority.create().pem());
    write("password", PASSWORD);
    write("wrong", "guessed");
    write("secret", "s3cret");
    Instant now = Instant.now();
    Instant ago = now.minus(Duration.ofDays(10));
    client("user", AUTHORITY.client("drover", ago, now.plus(Duration.ofDays(10))));
    client("expired", AUTHORITY.client("drover", ago, now.minus(Duration.ofDays(1))));
    client("foreign", LabAuthority.create().client("drover", ago, now.plus(Duration.ofDays(10))));
    for (String principal : List.of("User:drover", "User:CN=drover")) {
      grant(documented(principal));
    }
    new KafkaTopics(settings(kafka.inside(), "mode: plaintext")).ensure();
  }

  @AfterAll
  static void stop() {
    admin.close();
    kafka.close();
  }

  private static Path write(String name, String text) throws Exception {
    return Files.writeString(folder.resolve(name), text + "\n");
  }

  private static void client(String name, LabCertificates own) throws Exception {
    write(name + ".crt", own.certificatePem());
    write(name + ".key", own.keyPem());
  }

  private static void user(String name, String password) throws Exception {
    admin
        .alterUserScramCredentials(
            List.of(
                new UserScramCredentialUpsertion(
                    name, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password)))
        .all()
        .get();
  }

  /** What docs/kafka.md tells people to grant. */
  private static List<AclBinding> documented(String principal) {
    var acls = new ArrayList<AclBinding>();
    for (var operation :
        List.of(
            AclOperation.READ,
            AclOperation.WRITE,
            AclOperation.DESCRIBE,
            AclOperation.DESCRIBE_CONFIGS)) {
      acls.add(acl(principal, ResourceType.TOPIC, "drover.", operation));
    }
    acls.add(acl(principal, ResourceType.GROUP, "drover-", AclOperation.READ));
    acls.add(acl(principal, ResourceType.TRANSACTIONAL_ID, "drover-", AclOperation.WRITE));
    return acls;
  }

  private static AclBinding acl(
      String principal, ResourceType type, String prefix, AclOperation operation) {
    return new AclBinding(
        new ResourcePattern(type, prefix, PatternType.PREFIXED),
        new AccessControlEntry(principal, "*", operation, AclPermissionType.ALLOW));
  }

  private static void grant(List<AclBinding> acls) throws Exception {
    admin.createAcls(acls).all().get();
    eventually("granted", () -> standing().containsAll(acls));
  }

  private static void withdraw(AclBinding acl) throws Exception {
    admin.deleteAcls(List.of(acl.toFilter())).all().get();
    eventually("withdrawn", () -> !standing().contains(acl));
  }

  private static List<AclBinding> standing() {
    try {
      return List.copyOf(admin.describeAcls(AclBindingFilter.ANY).values().get());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static KafkaSettings settings(String bootstrap, String security) {
    String text =
        "kafka: {bootstrap: '%s', partitions: 2, session: 6s, security: {%s}}"
            .formatted(
                bootstrap,
                security.replace("@", folder + "/").replace("#", "file:" + folder + "/"));
    return Settings.parse(text, "drover.yaml", Configuration.class).kafka();
  }

  private static KafkaSettings through(Door door) {
    return settings(kafka.bootstrap(door), security(door));
  }

  private static String security(Door door) {
    return switch (door) {
      case TLS, EXPIRED, ELSEWHERE -> "mode: tls, ca: @ca.pem";
      case MTLS -> "mode: mtls, ca: @ca.pem, certificate: @user.crt, key: @user.key";
      case SCRAM -> "mode: scram, ca: @ca.pem, username: drover, password: '#password'";
      case OAUTH -> "mode: oauth, ca: @ca.pem, " + oauth("secret", "ca.pem");
    };
  }

  private static String oauth(String secret, String ca) {
    return "oauth: {tokenEndpoint: '%s', clientId: drover, clientSecret: '#%s', scope: kafka, ca: '@%s'}"
        .formatted(kafka.tokens().tokenEndpoint(), secret, ca);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLS", "MTLS", "SCRAM", "OAUTH"})
  void aBrainRunsEndToEnd(Door door) throws Exception {
    // Given the settings as drover.yaml has them
    KafkaSettings settings = through(door);
    new KafkaTopics(settings).ensure();
    String key = "vc/" + door;
    try (var town = new Town(settings)) {
      town.body("one", new Toy(), order -> new Outcome.Done<>(new Toy.Observed.SeenDone("well")));
      // When the brain is told of a job
      town.tell(key, Toy.begin("paint"));
      // Then it is begun, acted on and done
      eventually("done", () -> town.story(key).contains("done paint"));
      assertThat(town.story(key)).containsExactly("begin paint", "done paint");
    }
    if (door == Door.OAUTH) {
      assertThat(kafka.tokens().given()).isPositive();
    }
  }

  static Stream<Arguments> mistakes() {
    String tls = "mode: tls, ca: @ca.pem";
    return Stream.of(
        Arguments.of(
            "a wrong password",
            Door.SCRAM,
            "mode: scram, ca: @ca.pem, username: drover, password: '#wrong'",
            "Kafka refused to log in 'drover': see that kafka.security.username and password"),
        Arguments.of(
            "an authority that did not sign",
            Door.TLS,
            "mode: tls, ca: @other-ca.pem",
            "is not signed by an authority in kafka.security.ca (" + folder + "/other-ca.pem)"),
        Arguments.of("no authority", Door.TLS, "mode: tls", "and kafka.security.ca is not set"),
        Arguments.of("an expired server", Door.EXPIRED, tls, "has expired: have it renewed"),
        Arguments.of(
            "a server for another host",
            Door.ELSEWHERE,
            tls,
            "use names that the certificates hold"),
        Arguments.of(
            "our certificate expired",
            Door.MTLS,
            "mode: mtls, ca: @ca.pem, certificate: @expired.crt, key: @expired.key",
            "kafka.security.certificate: the certificate in " + folder + "/expired.crt expired at"),
        Arguments.of(
            "our certificate is of another authority",
            Door.MTLS,
            "mode: mtls, ca: @ca.pem, certificate: @foreign.crt, key: @foreign.key",
            "refused our certificate: see that kafka.security.certificate is signed by"),
        Arguments.of(
            "no certificate where one is wanted",
            Door.MTLS,
            tls,
            "wants a certificate of ours: use kafka.security.mode mtls"),
        Arguments.of(
            "a certificate in the key's place",
            Door.MTLS,
            "mode: mtls, ca: @ca.pem, certificate: @user.crt, key: @user.crt",
            "is not an unencrypted PKCS #8 key"),
        Arguments.of(
            "a key in the authority's place",
            Door.TLS,
            "mode: tls, ca: @user.key",
            "holds no certificate in PEM"),
        Arguments.of(
            "SCRAM to a listener without SASL",
            Door.TLS,
            security(Door.SCRAM),
            "does not speak SASL, which kafka.security.mode scram needs"),
        Arguments.of(
            "SCRAM to a listener for OAUTHBEARER",
            Door.OAUTH,
            security(Door.SCRAM),
            "does not offer what kafka.security.mode scram needs"),
        Arguments.of(
            "a wrong client secret",
            Door.OAUTH,
            "mode: oauth, ca: @ca.pem, " + oauth("wrong", "ca.pem"),
            "it answered 401: see clientId, clientSecret and scope"),
        Arguments.of(
            "a token endpoint of another authority",
            Door.OAUTH,
            "mode: oauth, ca: @ca.pem, " + oauth("secret", "other-ca.pem"),
            "put its authority into kafka.security.oauth.ca"),
        Arguments.of(
            "a token endpoint that is not there",
            Door.OAUTH,
            "mode: oauth, ca: @ca.pem, oauth: {tokenEndpoint: 'https://localhost:1/token', clientId:"
                + " drover, clientSecret: '#secret'}",
            "(https://localhost:1/token); nothing answers there"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistakes")
  void aMistakeIsNamedWithItsRemedy(String what, Door door, String security, String sentence) {
    assertNamed(settings(kafka.bootstrap(door), security), sentence);
  }

  // Those that nobody answers are given up after three seconds here: what is said then is the same.

  @Test
  void plaintextToATlsListenerIsNamed() {
    assertNamed(
        hasty(settings(kafka.bootstrap(Door.TLS), "mode: plaintext")),
        "speaks TLS, but kafka.security.mode is plaintext");
  }

  @Test
  void tlsToAPlainListenerIsNamed() {
    assertNamed(hasty(settings(kafka.inside(), "mode: tls, ca: @ca.pem")), "does not speak TLS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:1", "no-such-host.invalid:9092"})
  void aBrokerThatIsNotThereIsNamed(String bootstrap) {
    assertNamed(hasty(settings(bootstrap, security(Door.SCRAM))), bootstrap);
  }

  private static KafkaSettings hasty(KafkaSettings settings) {
    return new KafkaSettings(
        settings.bootstrap(),
        settings.security(),
        settings.partitions(),
        settings.replication(),
        settings.prefix(),
        settings.session(),
        Map.of("default.api.timeout.ms", "3000", "request.timeout.ms", "3000"));
  }

  private static void assertNamed(KafkaSettings settings, String sentence) {
    long began = System.nanoTime();
    Throwable thrown = catchThrowable(() -> new KafkaTopics(settings).ensure());
    assertThat(thrown).hasMessageContaining(sentence);
    assertThat(thrown.getMessage()).doesNotContain("\n", "s3cret", "guessed", "quotes");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TOPIC", "GROUP", "TRANSACTIONAL_ID", "ALL"})
  void aMissingRightIsNamed(String missing) throws Exception {
    // Given a user who was granted all but one thing
    String name = "clerk-" + missing.toLowerCase(java.util.Locale.ROOT);
    user(name, PASSWORD);
    var acls = new ArrayList<>(documented("User:" + name));
    acls.removeIf(acl ->
        switch (missing) {
          case "ALL" -> true;
          case "TOPIC" -> acl.entry().operation() == AclOperation.WRITE && onTopics(acl);
          default -> acl.pattern().resourceType().name().equals(missing);
        });
    grant(acls);
    // When it starts
    // Then it hears which operation on what is missing
    String security =
        "mode: scram, ca: @ca.pem, username: %s, password: '#password'".formatted(name);
    String sentence =
        switch (missing) {
          case "TOPIC" -> "WRITE on topic drover.audit, drover.conversion.facts, drover";
          case "GROUP" ->
              "READ on group drover-conversion, drover-dispatch, drover-inventory and 2 more";
          case "TRANSACTIONAL_ID" -> "WRITE on transactional id drover-conversion-0";
          default -> "is not there or may not be seen by this user, who may not create it";
        };
    assertNamed(settings(kafka.bootstrap(Door.SCRAM), security), sentence);
    // And a check that changes nothing does not say that all is well
    assertThat(new KafkaCheck(settings(kafka.bootstrap(Door.SCRAM), security)).look())
        .filteredOn(finding -> !finding.well())
        .extracting(KafkaCheck.Finding::what)
        .anyMatch(what -> what.contains(missing.equals("ALL") ? "topics are missing" : sentence));
  }

  private static boolean onTopics(AclBinding acl) {
    return acl.pattern().resourceType() == ResourceType.TOPIC;
  }

  @Test
  void aViewThatMayNotReadSaysSoAtOnce() throws Exception {
    user("blind", PASSWORD);
    KafkaSettings settings =
        settings(
            kafka.bootstrap(Door.SCRAM),
            "mode: scram, ca: @ca.pem, username: blind, password: '#password'");
    try (var view = TopicView.follow(settings, List.of(Topics.WAVE_STATUS), _ -> {})) {
      assertThat(catchThrowable(() -> view.awaitCaughtUp(Duration.ofMinutes(2))))
          .hasMessageContaining("Kafka does not allow this user topic drover.wave.status");
    }
  }

  @Test
  void whoCouldNotLogInAtFirstWritesWhenHeMay() throws Exception {
    // Given an inbox that was opened when its user did not exist yet
    var settings =
        settings(
            kafka.bootstrap(Door.SCRAM),
            "mode: scram, ca: @ca.pem, username: porter, password: '#password'");
    grant(documented("User:porter"));
    try (var inbox = new InboxWriter(settings)) {
      assertThat(
              catchThrowable(
                  () -> inbox.tell(Brain.MIGRATION, "vc/p", Toy.begin("x"), Actor.person("ada"))))
          .hasMessageContaining("Kafka refused to log in 'porter'");
      // When it does
      user("porter", PASSWORD);
      // Then what is told is taken
      eventually(
          "taken",
          () ->
              catchThrowable(() ->
                  inbox.tell(Brain.MIGRATION, "vc/p", Toy.begin("x"), Actor.person("ada")))
                  == null);
    }
  }

  @Test
  void aBrainWhoseRightIsWithdrawnIsNotReadyUntilItIsBack() throws Exception {
    // Given a brain at work
    user("guest", PASSWORD);
    grant(documented("User:guest"));
    var settings =
        settings(
            kafka.bootstrap(Door.SCRAM),
            "mode: scram, ca: @ca.pem, username: guest, password: '#password'");
    try (var town = new Town(settings(kafka.inside(), "mode: plaintext"));
        var guests = new Town(settings)) {
      var body =
          guests.body(
              "guest", new Toy(), order -> new Outcome.Done<>(new Toy.Observed.SeenDone("well")));
      eventually("ready", () -> body.brain().ready() && body.brain().partitions().size() == 2);
      // When it may not read any more
      AclBinding read = acl("User:guest", ResourceType.TOPIC, "drover.", AclOperation.READ);
      withdraw(read);
      town.tell("vc/guest", Toy.begin("knock"));
      // Then it says that it is not ready, lives on, and goes on when it may again
      eventually("not ready", () -> !body.brain().ready());
      assertThat(body.brain().alive()).isTrue();
      grant(List.of(read));
      eventually("goes on", () -> town.story("vc/guest").contains("done knock"));
      eventually("ready again", () -> body.brain().ready());
      assertThat(town.story("vc/guest")).containsExactly("begin knock", "done knock");
    }
  }
}
