// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A Kubernetes API server with no cluster behind it: speaks the API over HTTPS on loopback, keeps
 * objects in memory, and behaves as kube-apiserver does towards the verbs and headers that Drover's
 * adapters use. What it does not know it refuses with a Status.
 */
public final class LabApiServer implements AutoCloseable {
  private final HttpsEndpoint endpoint;
  private final LabCertificates certificates;
  private final LabUser admin;
  private final AccessControl access;
  private final LabStore store;
  private final ResourceTable table;
  private final FieldSchemas schemas;
  private final LabFaults faults;
  private final Housekeeping housekeeping;
  private final Map<String, AggregatedApi> aggregated = new ConcurrentHashMap<>();
  private volatile PodLogs logs = (namespace, pod, container) -> "";

  /**
   * How a server is started.
   *
   * @param port the TCP port on 127.0.0.1; 0 takes a free one
   * @param users who may talk to it beside the admin
   * @param certificates its authority and certificate
   * @param clock where creation times come from
   * @param historyLength how many changes a watch can go back before it is told 410
   * @param bookmarkEvery how often a watch that asked for bookmarks gets one
   * @param crds a folder of CustomResourceDefinitions whose schemas are used instead of the lab's
   *     own sketches
   * @param audit a file that gets a line for each request that may change something
   */
  public record Options(
      int port,
      List<LabUser> users,
      LabCertificates certificates,
      Clock clock,
      int historyLength,
      Duration bookmarkEvery,
      Optional<Path> crds,
      Optional<Path> audit) {
    /** A free port, no users but the admin, new certificates, the system's clock. */
    public static Options standard() {
      return new Options(
          0,
          List.of(),
          LabCertificates.create(),
          Clock.systemUTC(),
          10_000,
          Duration.ofSeconds(5),
          Optional.empty(),
          Optional.empty());
    }

    /** The same with an audit log. */
    public Options withAudit(Path file) {
      return new Options(
          port, users, certificates, clock, historyLength, bookmarkEvery, crds, Optional.of(file));
    }

    /** The same with more users. */
    public Options withUsers(LabUser... more) {
      List<LabUser> all = new ArrayList<>(users);
      all.addAll(List.of(more));
      return new Options(
          port, List.copyOf(all), certificates, clock, historyLength, bookmarkEvery, crds, audit);
    }

    /** The same with a folder of CustomResourceDefinitions. */
    public Options withCrds(Path folder) {
      return new Options(
          port,
          users,
          certificates,
          clock,
          historyLength,
          bookmarkEvery,
          Optional.of(folder),
          audit);
    }

    /** The same with other certificates. */
    public Options withCertificates(LabCertificates others) {
      return new Options(port, users, others, clock, historyLength, bookmarkEvery, crds, audit);
    }

    /** The same on a fixed port. */
    public Options withPort(int fixed) {
      return new Options(
          fixed, users, certificates, clock, historyLength, bookmarkEvery, crds, audit);
    }

    /** The same with another period of bookmarks. */
    public Options withBookmarkEvery(Duration period) {
      return new Options(port, users, certificates, clock, historyLength, period, crds, audit);
    }
  }

  private LabApiServer(Options options) {
    this.certificates = options.certificates();
    this.admin = LabUser.admin("lab-admin", UUID.randomUUID().toString());
    this.table = ResourceTable.standard();
    this.store = new LabStore(options.historyLength());
    this.schemas = new FieldSchemas();
    this.faults = new LabFaults();
    List<LabUser> users = new ArrayList<>(options.users());
    users.add(admin);
    this.access = new AccessControl(store, table, users);
    ApiRouter router =
        new ApiRouter(
            new ApiRouter.Parts(
                table,
                store,
                schemas,
                access,
                faults,
                aggregated,
                (n, p, c) -> logs.read(n, p, c),
                new AuditLog(options.audit().orElse(null)),
                new Timestamps(options.clock())));
    for (String namespace : List.of("default", "kube-system")) {
      createNamespace(namespace, options.clock());
    }
    CustomResources custom =
        new CustomResources(store, table, schemas, new Timestamps(options.clock()));
    custom.start();
    options.crds().ifPresent(custom::load);
    this.housekeeping = new Housekeeping(store, table, new Timestamps(options.clock()));
    housekeeping.start();
    this.endpoint =
        new HttpsEndpoint(
            options.port(), certificates, router::answer, faults, options.bookmarkEvery());
  }

  private void createNamespace(String name, Clock clock) {
    ObjectNode namespace = Json.object().put("kind", "Namespace").put("apiVersion", "v1");
    namespace
        .putObject("metadata")
        .put("name", name)
        .put("uid", UUID.randomUUID().toString())
        .put("creationTimestamp", new Timestamps(clock).now());
    ResourceType type = table.named("namespaces");
    Defaults.fill(type, namespace);
    store.put(type, namespace);
  }

  /**
   * Starts a server and waits until it listens.
   *
   * @throws java.util.concurrent.CompletionException when the port is taken
   */
  public static LabApiServer start(Options options) {
    return new LabApiServer(options);
  }

  /** Where it listens, {@code https://127.0.0.1:PORT}. */
  public URI url() {
    return URI.create("https://127.0.0.1:" + endpoint.port());
  }

  /** The authority to trust. */
  public String caPem() {
    return certificates.caPem();
  }

  /** The bearer token of somebody who may do everything. */
  public String adminToken() {
    return admin.token();
  }

  /** Lets one more user in. */
  public void addUser(LabUser user) {
    access.add(user);
  }

  /** Ends a token: its next request is told 401. */
  public void revoke(String token) {
    access.revoke(token);
  }

  /** Faults to order. */
  public LabFaults faults() {
    return faults;
  }

  /** What the server holds, for tests to look at. */
  public LabStore store() {
    return store;
  }

  /** Which kinds it serves. */
  public ResourceTable table() {
    return table;
  }

  /** Serves an aggregated API under its group and version. */
  public void mount(AggregatedApi api) {
    aggregated.put(api.group() + "/" + api.version(), api);
  }

  /** Plugs in where pods' logs come from. */
  public void logs(PodLogs source) {
    logs = source;
  }

  /**
   * Writes a kubeconfig for the admin; only its owner may read it where the file system knows
   * owners.
   *
   * @return the file
   */
  public Path kubeconfig(Path file) throws IOException {
    return kubeconfig(file, admin);
  }

  /** Writes a kubeconfig for one user. */
  public Path kubeconfig(Path file, LabUser user) throws IOException {
    String ca = Base64.getEncoder().encodeToString(caPem().getBytes(StandardCharsets.UTF_8));
    String text =
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: lab
          cluster:
            server: %s
            certificate-authority-data: %s
        users:
        - name: %s
          user:
            token: %s
        contexts:
        - name: lab
          context:
            cluster: lab
            user: %s
        current-context: lab
        """
            .formatted(url(), ca, user.name(), user.token(), user.name());
    if (Files.getFileStore(file.toAbsolutePath().getParent()).supportsFileAttributeView("posix")) {
      Files.deleteIfExists(file);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    return Files.writeString(file, text);
  }

  @Override
  public void close() {
    endpoint.close();
    housekeeping.close();
  }
}
