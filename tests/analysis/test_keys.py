from analysis.keys import contradicts, exact_keys, message_template, stack_hash

JAVA = """NullPointerException while saving
java.lang.NullPointerException: x is null
    at org.shop.cart.Cart.add(Cart.java:{line})
    at org.shop.cart.CartController.post(CartController.java:77)
    at org.shop.web.Dispatcher.run(Dispatcher.java:12)
"""
PYTHON = """Traceback (most recent call last):
  File "/srv/app/orders/views.py", line 10, in post
    save(order)
  File "/srv/app/orders/actions.py", line {line}, in save
    raise ValueError("no")
ValueError: no
"""


def test_a_stack_trace_is_the_same_after_lines_moved():
    assert stack_hash(JAVA.format(line=10)) == stack_hash(JAVA.format(line=99))
    assert stack_hash(PYTHON.format(line=1)) == stack_hash(PYTHON.format(line=2))
    assert stack_hash(JAVA.format(line=10)) != stack_hash(PYTHON.format(line=1))


def test_of_a_python_trace_the_last_frames_count_because_the_innermost_is_printed_last():
    outer = "".join(f'  File "/srv/app/web/layer{n}.py", line 1, in call{n}\n' for n in "abcdef")
    inner = '  File "/srv/app/{0}.py", line 9, in {0}\nValueError: no\n'
    assert stack_hash(outer + inner.format("pay")) != stack_hash(outer + inner.format("print"))
    same = "".join(f'  File "/srv/app/orders/{n}.py", line 1, in save\n' for n in "vwxyz")
    assert stack_hash(outer + same) == stack_hash('  File "/srv/wsgi.py", line 1, in run\n' + same)


def test_prose_has_no_stack_trace():
    assert stack_hash("It happens at work. At home it is fine.") is None


def test_one_failing_job_has_one_key_in_both_wordings_of_the_scheduler():
    failed = exact_keys("job Job_1394 failed in job_scheduler at: 08/09/2016 10:00:00", "")
    abended = exact_keys("abended job in job_scheduler: Job_1394", "at 08/10/16")
    assert failed[0].value == abended[0].value == "job_1394"
    assert failed[0].in_words() == "same failing job “job_1394”"


def test_two_failing_jobs_contradict_each_other():
    one = exact_keys("job A_1 failed in job_scheduler", "")
    other = exact_keys("job B_2 failed in job_scheduler", "")
    assert contradicts(one, other)
    assert not contradicts(one, one)
    assert not contradicts(one, ())


def test_a_monitors_message_keeps_its_host_and_loses_its_numbers():
    title = "app-db-07: disk free on C: is now 15%, below 20% since 10:31 pm"
    assert message_template(title) == "app-db-07 disk free on c is now <*> below <*> since <*>"
    again = "app-db-07: disk free on C: is now 9%, below 20% since 1:02 am"
    assert exact_keys(title, "")[0].value == exact_keys(again, "")[0].value


def test_the_same_message_about_another_host_is_another_cause():
    one = exact_keys("app-db-07: disk is full since 10:31 pm", "")
    other = exact_keys("app-db-08: disk is full since 10:31 pm", "")
    assert contradicts(one, other)


def test_a_specific_error_code_is_a_key_within_its_component():
    billing = exact_keys("Saving fails", "ORA-00942 appears", "Billing")
    assert billing == exact_keys("Cannot store", "It says ORA-00942", "Billing")
    assert billing != exact_keys("Cannot store", "It says ORA-00942", "Shipping")
    assert billing[0].in_words() == "same error code ORA-00942"


def test_a_common_status_code_is_no_key():
    assert exact_keys("Page fails", "HTTP 500 is shown", "Web") == ()


def test_what_people_write_has_no_template():
    assert exact_keys("Cannot print on the second floor", "Please help") == ()
