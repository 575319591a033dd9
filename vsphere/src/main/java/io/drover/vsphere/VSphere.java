// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import com.vmware.vim25.ManagedObjectReference;
import com.vmware.vim25.VimPortType;
import com.vmware.vim25.ws.Argument;
import java.net.MalformedURLException;
import java.net.URI;
import java.rmi.RemoteException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session with one vCenter, and the door to everything else here. Safe for any number of threads,
 * virtual ones too. It logs in again by itself when the session has expired, and sends nothing a
 * second time that could change anything. Interrupting a virtual thread that waits in a call ends
 * the call.
 */
public final class VSphere implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(VSphere.class);
  private static final int NEWEST_MAJOR = 9;

  /** vCenter locks an account at the fifth refusal within three minutes, as it is delivered. */
  private static final Duration REFUSED_FOR = Duration.ofMinutes(2);

  /**
   * The last refusal of each login, for all sessions of the process: an eye and many hands may ask
   * at once, and asking each time would lock the account.
   */
  private static final Map<Login, Refusal> REFUSED = new ConcurrentHashMap<>();

  /**
   * What was tried.
   *
   * @param secret tells whether another password is to be tried now
   */
  private record Login(String user, URI url, int secret) {}

  /** That it was refused. */
  private record Refusal(VSphereFault fault, long at) {}

  private final VSphereEndpoint endpoint;
  private final SoapClient client;
  private final VimPortType stub;
  private final ReentrantLock logins = new ReentrantLock();
  private final About about;
  private final VimData content;
  private volatile long generation;
  private volatile String sessionKey = "";

  private VSphere(VSphereEndpoint endpoint) {
    this.endpoint = endpoint;
    this.client =
        new SoapClient(
            endpoint.url(),
            new TrustedSockets(
                endpoint.trust(), endpoint.timeouts().connect(), endpoint.timeouts().read()));
    try {
      this.stub = new VimPortType(client);
    } catch (MalformedURLException e) {
      throw new IllegalStateException("No URL is parsed here", e);
    }
    try {
      content =
          client
              .call("RetrieveServiceContent", new Argument[] {self()}, Duration.ZERO)
              .at("returnval");
      VimData said = content.at("about");
      if (!said.present()) {
        throw new VSphereFault(
            VSphereFault.Kind.PROTOCOL,
            endpoint.url().getHost() + " does not say what it is",
            "Check that the URL is that of a vCenter's SDK, such as https://vcenter/sdk");
      }
      about =
          new About(
              said.text("instanceUuid"),
              said.text("name"),
              said.text("fullName"),
              said.text("version"),
              said.text("build"),
              said.text("apiVersion"),
              said.text("apiType"));
      if (about.apiVersion().matches("[0-9]+(\\.[0-9]+){1,5}")
          && !about.apiAtLeast(NEWEST_MAJOR + 1, 0)) {
        client.speak(about.apiVersion());
      }
      login();
    } catch (VSphereFault e) {
      client.close();
      throw e;
    }
  }

  private static Argument self() {
    ManagedObjectReference instance = new ManagedObjectReference();
    instance.setType("ServiceInstance");
    instance.setVal("ServiceInstance");
    return new Argument("_this", "ManagedObjectReference", instance);
  }

  /**
   * Connects and logs in.
   *
   * @throws VSphereFault UNREACHABLE, CERTIFICATE (with the thumbprint seen), INVALID_LOGIN,
   *     UNAVAILABLE, PROTOCOL; each with what to do about it
   */
  public static VSphere connect(VSphereEndpoint endpoint) {
    return new VSphere(endpoint);
  }

  /** Another session with the same vCenter, as the same user. */
  public VSphere another() {
    return new VSphere(endpoint);
  }

  /** Which vCenter this is. */
  public About about() {
    return about;
  }

  /** Where it is. */
  public VSphereEndpoint endpoint() {
    return endpoint;
  }

  /** What there is: a snapshot of, or a watch on, the whole inventory. */
  public Inventory inventory() {
    return new Inventory(this);
  }

  /** What can be done to virtual machines. */
  public VirtualMachines machines() {
    return new VirtualMachines(this);
  }

  /** Snapshots, and what changed between them. */
  public Snapshots snapshots() {
    return new Snapshots(this);
  }

  /** How disks are read. */
  public Exports exports() {
    return new Exports(this);
  }

  /** What happened. */
  public EventLog events() {
    return new EventLog(this);
  }

  /** What the account may do. */
  public Privileges privileges() {
    return new Privileges(this);
  }

  /** The tags on objects. */
  public Tags tags() {
    return new Tags(this);
  }

  /** The server's clock, to compare events with. */
  public Instant currentTime() {
    return raw("CurrentTime", Duration.ZERO, self()).at("returnval").time().orElseThrow();
  }

  /** How often this session logged in; it grows when an expired session was replaced. */
  public long logins() {
    return generation;
  }

  private void login() {
    char[] secret = endpoint.password().get();
    try {
      var login = new Login(endpoint.user(), endpoint.url(), Arrays.hashCode(secret));
      Refusal last = REFUSED.get(login);
      if (last != null && System.nanoTime() - last.at() < REFUSED_FOR.toNanos()) {
        throw last.fault().again();
      }
      login(new String(secret))
          .ifPresentOrElse(
              refused -> {
                REFUSED.put(login, new Refusal(refused, System.nanoTime()));
                throw refused;
              },
              () -> REFUSED.remove(login));
    } finally {
      Arrays.fill(secret, '\0');
    }
  }

  /** Asks for a session; the refusal, if the account was refused. */
  private Optional<VSphereFault> login(String secret) {
    try {
      client.forgetCookie();
      sessionKey = stub.login(service("sessionManager"), endpoint.user(), secret, null).key;
      generation++;
      return Optional.empty();
    } catch (VSphereFault e) {
      if (e.kind() == VSphereFault.Kind.INVALID_LOGIN) {
        return Optional.of(e);
      }
      throw e;
    } catch (RemoteException e) {
      throw unexpected(e);
    }
  }

  /** Logs in again, unless another thread did since this generation. */
  void relogin(long seen) {
    logins.lock();
    try {
      if (generation != seen) {
        return;
      }
      LOG.info("The session with {} ended; logging in again", endpoint.url().getHost());
      login();
    } finally {
      logins.unlock();
    }
  }

  /** A call through yavijava's stub. */
  interface Call<T extends @Nullable Object> {
    T on(VimPortType vim) throws RemoteException;
  }

  /** Runs the call, logging in again once if the session has ended. */
  <T extends @Nullable Object> T call(Call<T> call) {
    long seen = generation;
    try {
      return once(call);
    } catch (VSphereFault e) {
      if (e.kind() != VSphereFault.Kind.NOT_AUTHENTICATED) {
        throw e;
      }
    }
    relogin(seen);
    return once(call);
  }

  /**
   * Runs calls that hand on what lives in a session (a collector, the token of a page), and once
   * more from the beginning if the session was replaced in between: what they name is gone with it.
   */
  <T> T inOneSession(Supplier<T> calls) {
    long seen = generation;
    try {
      return calls.get();
    } catch (VSphereFault e) {
      if (generation == seen) {
        throw e;
      }
    }
    return calls.get();
  }

  private <T extends @Nullable Object> T once(Call<T> call) {
    try {
      return call.on(stub);
    } catch (RemoteException e) {
      throw unexpected(e);
    }
  }

  /** A call whose answer is kept as sent; {@code wait} is what the server may wait on purpose. */
  VimData raw(String method, Duration wait, Argument... arguments) {
    return raw(method, wait, () -> arguments);
  }

  /** The same, for arguments that depend on the session: they are made anew after a login. */
  VimData raw(String method, Duration wait, Supplier<Argument[]> arguments) {
    return call(any -> client.call(method, arguments.get(), wait));
  }

  /** The id of the session as vCenter lists it. */
  String sessionKey() {
    return sessionKey;
  }

  SoapClient client() {
    return client;
  }

  /** The reference to a part of the service, such as {@code propertyCollector}. */
  ManagedObjectReference service(String name) {
    return content
        .moref(name)
        .map(VSphere::reference)
        .orElseThrow(() ->
            new VSphereFault(
                VSphereFault.Kind.NOT_SUPPORTED, endpoint.url().getHost() + " has no " + name, ""));
  }

  static ManagedObjectReference reference(Moref of) {
    if (!of.type().matches("[A-Za-z0-9_]+") || !of.id().matches("[^<>&\"'\\s]+")) {
      throw new VSphereFault(
          VSphereFault.Kind.INVALID_ARGUMENT,
          "'" + of + "' is no reference to an object of a vCenter",
          "A reference looks like VirtualMachine:vm-42");
    }
    ManagedObjectReference reference = new ManagedObjectReference();
    reference.setType(of.type());
    reference.setVal(of.id());
    return reference;
  }

  static @Nullable ManagedObjectReference referenceOrNull(@Nullable Moref of) {
    return of == null ? null : reference(of);
  }

  static Moref moref(ManagedObjectReference of) {
    return new Moref(of.getType(), of.getVal());
  }

  private static VSphereFault unexpected(RemoteException e) {
    return new VSphereFault(VSphereFault.Kind.OTHER, String.valueOf(e.getMessage()), "", e);
  }

  /** Logs out and breaks what still waits. */
  @Override
  public void close() {
    undisturbed(() -> {
      try {
        stub.logout(service("sessionManager"));
      } catch (RemoteException | VSphereFault e) {
        LOG.debug("Logging out of {} failed: {}", endpoint.url().getHost(), e.getMessage());
      }
    });
    client.close();
  }

  /**
   * Runs a last call of a thread that was told to stop: an interrupt that is still raised would
   * break it, and leave behind what it is to end.
   */
  static void undisturbed(Runnable call) {
    boolean interrupted = Thread.interrupted();
    try {
      call.run();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
