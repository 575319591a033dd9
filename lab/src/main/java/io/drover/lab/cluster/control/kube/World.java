// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the controllers know of the cluster: every watched object, kept fresh by list and watch. May
 * be a little old; writes are guarded by {@code resourceVersion}, so an old view costs a retry, not
 * truth.
 */
public final class World implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(World.class);

  private final Kube kube;
  private final Map<Kind, Map<Key, Doc>> seen = new EnumMap<>(Kind.class);
  private final List<SharedIndexInformer<GenericKubernetesResource>> informers = new ArrayList<>();

  /** A world that knows nothing yet. */
  public World(Kube kube) {
    this.kube = kube;
  }

  /**
   * Watches the kinds; returns when each was listed once, or when {@code patience} is over (the
   * watches go on trying).
   *
   * @param changed called with every object that came, changed, went, or is repeated by the resync
   */
  public void watch(
      Collection<Kind> kinds, Duration resync, Duration patience, BiConsumer<Kind, Doc> changed) {
    for (Kind kind : kinds) {
      Map<Key, Doc> objects = new ConcurrentHashMap<>();
      seen.put(kind, objects);
    }
    for (Kind kind : kinds) {
      SharedIndexInformer<GenericKubernetesResource> informer =
          kube.watch(kind, resync.toMillis(), new Handler(kind, changed));
      informers.add(informer);
      var _ = informer.start();
    }
    long deadline = System.nanoTime() + patience.toNanos();
    for (var informer : informers) {
      while (!informer.hasSynced() && System.nanoTime() < deadline) {
        try {
          Thread.sleep(5);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
      if (!informer.hasSynced()) {
        LOG.warn("{} not listed within {}", informer.getApiTypeClass().getSimpleName(), patience);
      }
    }
  }

  /** One object as last seen. */
  public Optional<Doc> get(Kind kind, String namespace, String name) {
    return Optional.ofNullable(of(kind).get(new Key(kind.namespaced() ? namespace : "", name)));
  }

  /** One object as last seen. */
  public Optional<Doc> get(Kind kind, Key key) {
    return get(kind, key.namespace(), key.name());
  }

  /** All objects of a kind as last seen. */
  public List<Doc> list(Kind kind) {
    return List.copyOf(of(kind).values());
  }

  /** All objects of a kind in one namespace as last seen. */
  public List<Doc> list(Kind kind, String namespace) {
    return of(kind).values().stream().filter(d -> d.namespace().equals(namespace)).toList();
  }

  /** Notes what a write returned, so that the writer's next look is not older than its write. */
  public Doc wrote(Kind kind, Doc doc) {
    of(kind).computeIfPresent(doc.key(), (k, old) -> newer(doc, old) ? doc : old);
    return doc;
  }

  private Map<Key, Doc> of(Kind kind) {
    Map<Key, Doc> objects = seen.get(kind);
    if (objects == null) {
      throw new IllegalStateException(kind + " is not watched by any controller");
    }
    return objects;
  }

  // resourceVersion is a number in etcd and in the lab's API server; where it is not, last wins.
  private static boolean newer(Doc candidate, Doc old) {
    if (!candidate.uid().equals(old.uid())) {
      return false;
    }
    try {
      return Long.parseLong(candidate.resourceVersion()) > Long.parseLong(old.resourceVersion());
    } catch (NumberFormatException e) {
      return true;
    }
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::stop);
  }

  private final class Handler implements ResourceEventHandler<GenericKubernetesResource> {
    private final Kind kind;
    private final BiConsumer<Kind, Doc> changed;

    Handler(Kind kind, BiConsumer<Kind, Doc> changed) {
      this.kind = kind;
      this.changed = changed;
    }

    @Override
    public void onAdd(GenericKubernetesResource object) {
      put(object);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource object) {
      put(object);
    }

    @Override
    public void onDelete(GenericKubernetesResource object, boolean unknown) {
      Doc doc = doc(object);
      of(kind).computeIfPresent(doc.key(), (k, old) -> old.uid().equals(doc.uid()) ? null : old);
      changed.accept(kind, doc);
    }

    private void put(GenericKubernetesResource object) {
      Doc doc = doc(object);
      of(kind)
          .merge(
              doc.key(),
              doc,
              (old, fresh) -> old.uid().equals(fresh.uid()) && newer(old, fresh) ? old : fresh);
      changed.accept(kind, doc);
    }

    private static Doc doc(GenericKubernetesResource object) {
      ObjectNode json = Doc.tree(object);
      return new Doc(json);
    }
  }
}
